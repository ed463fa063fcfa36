package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Limits of groups are changed while jobs run and wait, and a fair share keeps one key from crowding out the others. */
abstract class GroupLimitRules extends FlowPart {
    private static final int NO_STRUCK = 0;

    @Test
    void a_limit_that_is_raised_opens_the_gate_within_a_sweep() {
        limit(1);
        List<JobDraft> jobs = of("7", 6);
        driver.enqueue(jobs);

        limit(4);
        driver.sweep();

        assertThat(count(JobState.READY, jobs)).isEqualTo(4);
        assertState(JobState.READY, jobs.get(0), jobs.get(1), jobs.get(2), jobs.get(3));
    }

    @Test
    void a_limit_that_is_lowered_takes_nothing_back_and_admits_none_until_enough_have_ended() {
        limit(3);
        List<JobDraft> jobs = of("7", 6);
        driver.enqueue(jobs);
        List<ClaimedJob> runs = session.claim(2);

        limit(1);
        driver.settleDown();
        assertThat(count(JobState.READY, jobs)).isEqualTo(1);
        assertThat(count(JobState.RUNNING, jobs)).isEqualTo(2);
        runs.forEach(session::succeed);
        driver.settleDown();
        assertThat(count(JobState.READY, jobs)).isEqualTo(1);
        assertThat(count(JobState.BLOCKED, jobs)).isEqualTo(3);
        succeed(jobs.get(2));

        assertThat(count(JobState.READY, jobs)).isEqualTo(1);
        assertThat(count(JobState.BLOCKED, jobs)).isEqualTo(2);
    }

    @Test
    void a_limit_that_is_taken_away_opens_the_gate_for_all() {
        limit(1);
        List<JobDraft> jobs = of("7", 20);
        driver.enqueue(jobs);

        driver.noLimits(Jobs.QUEUE);
        driver.settleDown();

        assertThat(count(JobState.READY, jobs)).isEqualTo(20);
    }

    @Test
    void without_a_limit_the_gate_is_open_and_places_are_counted_for_when_one_is_set() {
        List<JobDraft> jobs = of("7", 3);
        driver.enqueue(jobs);
        assertState(JobState.READY, jobs.toArray(JobDraft[]::new));
        JobDraft later = of("7", 1).get(0);

        limit(3);
        driver.enqueue(later);

        assertBlocked(Gate.GROUP, later);
        succeed(jobs.get(0));
        assertState(JobState.READY, later);
    }

    @Test
    void a_note_of_limits_that_cannot_be_read_holds_nobody_back() {
        store.putNote(QueueLimits.SPACE, Jobs.QUEUE, new byte[] {'?'}, 0, null);
        List<JobDraft> jobs = of("7", 3);

        driver.enqueue(jobs);

        assertState(JobState.READY, jobs.toArray(JobDraft[]::new));
        driver.noLimits(Jobs.QUEUE);
    }

    @Test
    void limits_set_through_another_view_count_within_a_heartbeat() {
        List<JobDraft> jobs = of("7", 4);
        driver.enqueue(jobs.get(0));

        secondView().limits(Jobs.QUEUE, QueueLimits.NONE.withGroup("customer", new GroupLimits(1, null)));
        session.beat();
        driver.enqueue(jobs.subList(1, 3));
        driver.settleDown();
        assertBlocked(Gate.GROUP, jobs.get(1), jobs.get(2));
        secondView().noLimits(Jobs.QUEUE);
        session.beat();
        driver.enqueue(jobs.get(3));
        driver.settleDown();

        assertState(JobState.READY, jobs.toArray(JobDraft[]::new));
    }

    @Test
    void limits_outlast_a_restart() {
        limit(1);
        reopen();
        session = driver.session();
        List<JobDraft> jobs = of("7", 2);

        driver.enqueue(jobs);

        assertBlocked(Gate.GROUP, jobs.get(1));
    }

    @Test
    void a_fair_share_limits_each_key_of_each_name() {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withFair(2).withGroup("narrow", new GroupLimits(1, null)));
        List<JobDraft> many = of("many", 5);
        List<JobDraft> few = of("few", 2);
        List<JobDraft> narrow =
                Stream.generate(() -> Jobs.work().group("narrow", "k")).limit(2).toList();

        driver.enqueue(many);
        driver.enqueue(few);
        driver.enqueue(narrow);

        assertThat(count(JobState.READY, many)).isEqualTo(2);
        assertThat(count(JobState.READY, few)).isEqualTo(2);
        assertThat(count(JobState.READY, narrow)).isEqualTo(1);
    }

    @Test
    void one_keys_many_jobs_do_not_keep_another_key_waiting() {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withFair(2));
        List<JobDraft> many = of("many", 12);
        driver.enqueue(many);
        clock.advance(MINUTE);
        List<JobDraft> few = of("few", 3);
        driver.enqueue(few);
        int ran = 0;

        // Two of the many are ahead of the few; from then on the keys take turns.
        while (count(JobState.SUCCEEDED, few) < 3) {
            clock.advance(MINUTE);
            succeedNext();
            ran++;
        }

        if (fixture.order() == StoreFixture.Order.EXACT) {
            assertThat(ran).as("jobs run until the few were done").isEqualTo(7);
        }
        assertThat(count(JobState.READY, many)).isLessThanOrEqualTo(2);
    }

    @Test
    void a_job_admitted_for_a_fair_share_is_due_at_its_admission() {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withFair(1));
        List<JobDraft> jobs = of("7", 3);
        driver.enqueue(jobs);
        assertAbout(job(jobs.get(1)).times().dueAt(), START);
        clock.advance(HOUR);

        succeed(jobs.get(0));

        assertState(JobState.READY, jobs.get(1));
        assertAbout(job(jobs.get(1)).times().dueAt(), START.plus(HOUR));
    }

    @Test
    void priority_goes_before_turns() {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withFair(1));
        List<JobDraft> many =
                of("many", 3).stream().map(job -> job.priority(500)).toList();
        JobDraft other = of("few", 1).get(0);
        driver.enqueue(many);
        driver.enqueue(other);

        for (JobDraft expected : many) {
            clock.advance(MINUTE);
            assertThat(succeedNext()).isEqualTo(expected.id());
        }

        assertThat(succeedNext()).isEqualTo(other.id());
    }

    @Test
    void jobs_without_a_group_have_no_turns() {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withFair(1));
        List<JobDraft> plain = works(4);

        driver.enqueue(plain);

        assertThat(session.claim(9)).extracting(run -> run.spec().id()).containsExactlyInAnyOrder(ids(plain));
    }

    @Test
    void a_struck_job_holds_its_place_and_hides_nobody_of_another_key() {
        limit(1);
        List<JobDraft> jobs = of("7", 2);
        JobDraft other = of("8", 1).get(0);
        driver.enqueue(jobs);
        driver.enqueue(other);
        session.take(jobs.get(0).id());
        session.close();
        driver.settleDown();
        session = driver.session();

        List<ClaimedJob> claimed = session.claim(
                new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1_000, 9, NO_STRUCK));

        assertThat(claimed).extracting(run -> run.spec().id()).containsExactly(other.id());
        assertBlocked(Gate.GROUP, jobs.get(1));
        succeed(jobs.get(0));
        assertState(JobState.READY, jobs.get(1));
    }

    private UUID succeedNext() {
        ClaimedJob run = session.claimNext();
        session.succeed(run);
        driver.settleDown();
        return run.spec().id();
    }

    private void limit(int atOnce) {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withGroup("customer", new GroupLimits(atOnce, null)));
    }

    private static List<JobDraft> of(String key, int count) {
        return Stream.generate(() -> Jobs.work().group("customer", key))
                .limit(count)
                .toList();
    }
}
