package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Recurrence;
import dev.millrace.Recurrence.Missed;
import dev.millrace.Recurrence.Overlap;
import dev.millrace.Worker;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Faults.Call;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Each tick makes one job: with several workers, killed ones, clocks that jump; and what becomes of missed and early ones. */
abstract class TickRules extends SchedulePart {

    @Test
    void each_of_a_thousand_ticks_makes_one_job_with_several_workers_and_a_clock_that_jumps_back() {
        millrace.schedule("pulse", Recurrence.cron("* * * * * *").missed(Missed.ALL), ECHO.with("tick"));
        Instant first = info("pulse").nextTick().orElseThrow();
        Millrace elsewhere = another();
        start(noting());
        start(noting());
        start(noting(hasty(elsewhere)));

        Random random = new Random(11);
        Instant reached = first;
        Instant end = first.plusSeconds(999);
        while (reached.isBefore(end)) {
            Instant goal = reached.plusSeconds(40 + random.nextInt(50));
            reached = goal.isAfter(end) ? end : goal;
            clock.set(reached.plusMillis(random.nextInt(900)));
            Instant made = reached;
            until(
                    "tick " + made + " made its job",
                    () -> !info("pulse").lastTick().orElse(Instant.MIN).isBefore(made));
            clock.set(reached.minusSeconds(random.nextInt(30)));
        }
        clock.set(end.plusMillis(500));
        until("all have run", () -> count(JobState.SUCCEEDED) >= 1_000);

        assertThat(made("pulse")).hasSize(1_000).doesNotHaveDuplicates();
        assertThat(made("pulse").get(0)).isEqualTo(first);
        assertThat(info("pulse").lastTick()).contains(end);
        assertThat(ran).hasSize(1_000).doesNotHaveDuplicates();
    }

    @Test
    void a_tick_whose_worker_dies_between_job_and_note_makes_no_second_one() {
        millrace.schedule("hourly", HOURLY, ECHO.with("tick"));

        assertDiesAt(hour(1), Call.PUT_NOTE);
        assertThat(made("hourly")).containsExactly(hour(1));
        runAt(hour(1).plusSeconds(5));

        faults().loseReply(Call.PUT_NOTE, 1);
        assertDiesAt(hour(2));
        runAt(hour(2).plusSeconds(5));

        faults().loseReply(Call.ENQUEUE, 1);
        assertDiesAt(hour(3));
        runAt(hour(3).plusSeconds(5));

        assertThat(ran).containsExactly(hour(1), hour(2), hour(3));
        assertThat(made("hourly")).containsExactly(hour(1), hour(2), hour(3));
    }

    /** Ids are known for an hour only: older ticks are made up for in another way. */
    @Test
    void a_tick_that_is_hours_late_makes_one_job_wherever_its_worker_dies() {
        millrace.schedule("hourly", HOURLY.missed(Missed.ONE), ECHO.with("tick"));

        assertDiesAt(hour(3).plus(Duration.ofMinutes(50)), Call.PUT_NOTE);
        assertThat(jobs("hourly")).isEmpty();
        runAt(hour(3).plus(Duration.ofMinutes(51)));

        assertDiesAt(hour(6).plus(Duration.ofMinutes(50)), Call.ENQUEUE);
        runAt(hour(6).plus(Duration.ofMinutes(51)));
        assertThat(ran).containsExactly(hour(3), hour(6));

        faults().letPass(Call.PUT_NOTE, 1);
        assertDiesAt(hour(9).plus(Duration.ofMinutes(50)), Call.PUT_NOTE);
        runAt(hour(9).plus(Duration.ofMinutes(51)));

        assertThat(ran).containsExactly(hour(3), hour(6), hour(9));
        assertThat(made("hourly")).containsExactly(hour(3), hour(6), hour(9));
    }

    @Test
    void a_tick_of_which_it_is_not_known_any_more_whether_it_made_a_job_is_left_and_the_next_ones_come() {
        millrace.schedule("hourly", HOURLY.missed(Missed.ONE), ECHO.with("tick"));
        assertDiesAt(hour(3).plus(Duration.ofMinutes(50)), Call.ENQUEUE);

        runAt(hour(5).plusSeconds(1));

        assertThat(ran).contains(hour(5)).doesNotContain(hour(3));
        assertThat(ran).doesNotHaveDuplicates();
    }

    private void assertDiesAt(Instant time, Call call) {
        faults().failBefore(call, 1);
        assertDiesAt(time);
    }

    private void assertDiesAt(Instant time) {
        set(time);
        Worker worker = build(noting());
        assertThatThrownBy(worker::drain).isInstanceOf(StoreUnavailableException.class);
        worker.close();
    }

    @Test
    void missed_ticks_are_left_out_unless_one_or_all_are_asked_for() {
        millrace.schedule("none", HOURLY, ECHO.with("tick"));
        millrace.schedule("one", HOURLY.missed(Missed.ONE), ECHO.with("tick"));
        millrace.schedule("all", HOURLY.missed(Missed.ALL), ECHO.with("tick"));

        runAt(hour(3).plus(Duration.ofMinutes(5)));

        assertThat(made("none")).isEmpty();
        assertThat(info("none").leftOut()).contains(hour(3));
        assertThat(made("one")).containsExactly(hour(3));
        assertThat(made("all")).containsExactly(hour(1), hour(2), hour(3));

        runAt(hour(4).plusSeconds(59));

        assertThat(made("none")).containsExactly(hour(4));
        assertThat(made("one")).containsExactly(hour(3), hour(4));
        assertThat(made("all")).containsExactly(hour(1), hour(2), hour(3), hour(4));
    }

    @Test
    void catching_up_goes_on_until_all_are_made() {
        millrace.schedule("all", Recurrence.cron("* * * * *").missed(Missed.ALL), ECHO.with("tick"));
        start(noting());

        clock.advance(Duration.ofMinutes(250));

        until("all are made", () -> count(JobState.SUCCEEDED) >= 250);
        assertThat(made("all")).hasSize(250).doesNotHaveDuplicates();
    }

    @Test
    void a_tick_is_left_out_while_the_job_before_it_is_unfinished_if_that_is_asked_for() {
        millrace.schedule(
                "skip", HOURLY.overlap(Overlap.SKIP), ECHO.with("tick").queue("slow"));
        millrace.schedule("allow", HOURLY, ECHO.with("tick").queue("slow"));
        millrace.queue("slow").pause();

        runAt(hour(1));
        runAt(hour(2));
        assertThat(made("skip")).containsExactly(hour(1));
        assertThat(info("skip").leftOut()).contains(hour(2));
        assertThat(made("allow")).containsExactly(hour(1), hour(2));

        millrace.queue("slow").resume();
        runAt(hour(2).plusSeconds(30));
        runAt(hour(3));

        assertThat(made("skip")).containsExactly(hour(1), hour(3));
    }

    @Test
    void a_unique_key_holds_for_ticks_as_for_all_jobs() throws Exception {
        millrace.schedule("hourly", HOURLY, ECHO.with("tick").queue("slow").uniqueKey("key"));
        millrace.queue("slow").pause();
        JobHandle<String> holder =
                millrace.enqueue(ECHO.with("holder").queue("slow").uniqueKey("key"));

        runAt(hour(1));
        assertThat(jobs("hourly")).isEmpty();
        assertThat(info("hourly").lastTick()).contains(hour(1));
        assertThat(info("hourly").lastJob()).contains(holder.id());
        assertThat(holder.cancel()).isTrue();
        runAt(hour(2));

        assertThat(made("hourly")).containsExactly(hour(2));
    }

    @Test
    void two_that_make_the_same_tick_at_once_make_one_job() throws Exception {
        millrace.schedule("hourly", HOURLY, ECHO.with("tick"));
        set(hour(1));
        var gate = faults().block(Call.PUT_NOTE);
        Thread slow = new Thread(() -> build(noting()).drain());
        slow.start();
        gate.awaitCall();

        Worker elsewhere = build(noting(hasty(another())));
        assertThat(elsewhere.drain()).isEqualTo(1);
        gate.open();
        slow.join(PATIENCE.toMillis());

        assertThat(ran).containsExactly(hour(1));
        assertThat(made("hourly")).containsExactly(hour(1));
        assertThat(new ArrayList<>(info("hourly").nextTicks(2))).containsExactly(hour(2), hour(3));
    }
}
