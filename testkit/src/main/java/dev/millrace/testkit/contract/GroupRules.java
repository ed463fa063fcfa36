package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Due;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Operation;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** At most so many jobs of a group's key are READY or RUNNING at once; the next takes the place of one that leaves. */
abstract class GroupRules extends FlowPart {
    private final JobDraft first = Jobs.work().serial("k");
    private final JobDraft next = Jobs.work().serial("k");

    @Test
    void as_many_jobs_of_a_key_pass_as_the_limit_says_and_the_others_wait() {
        limit(2);
        List<JobDraft> jobs = customers(5);

        driver.enqueue(jobs);

        assertState(JobState.READY, jobs.get(0), jobs.get(1));
        assertBlocked(Gate.GROUP, jobs.get(2), jobs.get(3), jobs.get(4));
        assertThat(session.claim(9))
                .extracting(run -> run.spec().id())
                .containsExactlyInAnyOrder(ids(jobs.subList(0, 2)));
        assertThat(session.claim(9)).isEmpty();
        assertThat(session.beat().claimable()).isFalse();
        assertThat(idle().nextDue()).isNull();
    }

    @Test
    void serial_is_a_limit_of_one_that_nobody_has_to_set() {
        List<JobDraft> jobs =
                Stream.generate(() -> Jobs.work().serial("k")).limit(4).toList();
        driver.enqueue(jobs);
        List<UUID> ran = new ArrayList<>();

        for (int i = 0; i < 4; i++) {
            List<ClaimedJob> claimed = session.claim(9);
            assertThat(claimed).hasSize(1);
            ran.add(claimed.get(0).spec().id());
            session.succeed(claimed.get(0));
            driver.settleDown();
        }

        assertThat(ran).containsExactly(ids(jobs));
    }

    @Test
    void keys_names_and_queues_do_not_share_a_limit() {
        GroupLimits one = new GroupLimits(1, null);
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withGroup("customer", one).withGroup("host", one));
        driver.limits("elsewhere", QueueLimits.NONE.withGroup("customer", one));
        List<JobDraft> free = List.of(
                Jobs.work().group("customer", "7"),
                Jobs.work().group("customer", "8"),
                Jobs.work().group("host", "7"),
                Jobs.work().group("free", "7"),
                Jobs.work().group("customer", "7").queue("elsewhere"),
                Jobs.work().serial("7"),
                Jobs.work());
        driver.enqueue(free);
        JobDraft waits = Jobs.plain("other").group("customer", "7");

        driver.enqueue(waits);

        assertState(JobState.READY, free.toArray(JobDraft[]::new));
        assertBlocked(Gate.GROUP, waits);
    }

    @Test
    void a_place_goes_to_the_highest_priority_then_the_earliest_due_then_the_first_that_came() {
        driver.enqueue(first);
        JobDraft lazy = Jobs.work().serial("k").priority(-500);
        JobDraft dueLater = Jobs.work().serial("k").at(START.plus(MINUTE.multipliedBy(2)));
        JobDraft arrivesLater = Jobs.work().serial("k").at(START.plus(MINUTE));
        JobDraft arrivesFirst = Jobs.work().serial("k").at(START.plus(MINUTE));
        JobDraft urgent = Jobs.work().serial("k").at(START.plus(HOUR)).priority(500);
        enqueue(lazy, dueLater, arrivesFirst, arrivesLater, urgent);
        clock.advance(HOUR.plus(SECOND));
        driver.settleDown();
        List<UUID> order = new ArrayList<>();

        for (int i = 0; i < 6; i++) {
            ClaimedJob run = session.claimNext();
            order.add(run.spec().id());
            session.succeed(run);
            driver.settleDown();
        }

        assertThat(order)
                .containsExactly(
                        first.id(), urgent.id(), arrivesFirst.id(), arrivesLater.id(), dueLater.id(), lazy.id());
    }

    @Test
    void whatever_ends_a_run_frees_its_place() {
        List<JobDraft> jobs =
                Stream.generate(() -> Jobs.work().serial("k")).limit(6).toList();
        driver.enqueue(jobs);
        ClaimedJob run = session.take(jobs.get(0).id());
        session.succeed(run);
        driver.settleDown();
        run = session.take(jobs.get(1).id());
        session.fail(run);
        driver.settleDown();
        run = session.take(jobs.get(2).id());
        session.snooze(run, DAY);
        driver.settleDown();
        run = session.take(jobs.get(3).id());
        driver.cancel(run.spec().id());
        session.succeed(run);
        driver.settleDown();
        run = session.take(jobs.get(4).id());
        session.retry(run, DAY);
        driver.settleDown();

        assertState(JobState.READY, jobs.get(5));
        session.take(jobs.get(5).id());
    }

    @Test
    void a_run_that_is_struck_out_frees_its_place() {
        enqueue(first, next);
        for (int deaths = 0; deaths < 4; deaths++) {
            assertBlocked(Gate.GROUP, next);
            session.take(first.id());
            session.close();
            driver.settleDown();
            session = driver.session();
        }

        assertState(JobState.FAILED, first);
        assertState(JobState.READY, next);
    }

    @Test
    void a_job_handed_back_or_rescued_keeps_its_place() {
        enqueue(first, next);

        session.handBack(session.take(first.id()));
        driver.settleDown();
        assertState(JobState.READY, first);
        assertBlocked(Gate.GROUP, next);
        session.take(first.id());
        session.close();
        driver.settleDown();

        assertState(JobState.READY, first);
        assertBlocked(Gate.GROUP, next);
        assertThat(driver.session().claim(9)).extracting(run -> run.spec().id()).containsExactly(first.id());
    }

    @Test
    void a_job_retried_at_once_goes_behind_those_that_waited_in_its_group() {
        enqueue(first, next);
        clock.advance(MINUTE);

        session.retry(session.take(first.id()), Duration.ZERO);
        driver.settleDown();

        assertBlocked(Gate.GROUP, first);
        succeed(next);
        assertState(JobState.READY, first);
        assertThat(session.take(first.id()).history().attempt()).isEqualTo(2);
    }

    @Test
    void a_retry_that_falls_due_waits_for_a_place() {
        enqueue(first, next);
        session.retry(session.take(first.id()), HOUR);
        driver.settleDown();
        session.take(next.id());
        clock.advance(HOUR.plus(SECOND));

        driver.sweep();

        assertBlocked(Gate.GROUP, first);
    }

    @Test
    void a_ready_job_that_is_cancelled_deleted_or_expires_frees_its_place() {
        JobDraft expiring = Jobs.work().serial("k").expiresIn(MINUTE);
        JobDraft last = Jobs.work().serial("k");
        enqueue(first, next, expiring, last);

        cancel(first);
        assertState(JobState.READY, next);
        driver.delete(next.id());
        driver.settleDown();
        assertState(JobState.READY, expiring);
        clock.advance(HOUR);
        driver.settleDown();

        assertCancelled(CancelReason.EXPIRED, expiring);
        assertState(JobState.READY, last);
    }

    @Test
    void one_that_expires_at_the_claim_frees_its_place() {
        JobDraft expiring = Jobs.work().serial("k").expiresIn(MINUTE);
        enqueue(expiring, first);
        clock.advance(HOUR);
        session.claim(9);
        driver.settleDown();

        assertCancelled(CancelReason.EXPIRED, expiring);
        assertThat(List.of(JobState.READY, JobState.RUNNING))
                .contains(job(first).state());
    }

    @Test
    void a_waiting_job_that_is_cancelled_takes_no_place() {
        JobDraft last = Jobs.work().serial("k");
        enqueue(first, next, last);

        cancel(next);
        succeed(first);

        assertCancelled(CancelReason.REQUESTED, next);
        assertState(JobState.READY, last);
    }

    @Test
    void a_ready_job_that_is_put_off_frees_its_place_and_comes_back_through_the_gate() {
        enqueue(first, next);

        driver.operate(new Operation.Reschedule(new Due.After(HOUR)), first.id());
        driver.settleDown();
        assertState(JobState.SCHEDULED, first);
        assertState(JobState.READY, next);
        driver.operate(new Operation.Reschedule(new Due.After(Duration.ZERO)), first.id());
        driver.settleDown();

        assertBlocked(Gate.GROUP, first);
        succeed(next);
        assertState(JobState.READY, first);
    }

    @Test
    void another_priority_by_hand_lets_no_more_pass_than_before() {
        enqueue(first, next);

        driver.operate(new Operation.Reprioritize(-5), first.id());
        driver.settleDown();
        assertThat(count(JobState.READY, List.of(first, next))).isEqualTo(1);
        driver.operate(new Operation.Reprioritize(5), first.id(), next.id());
        driver.settleDown();

        assertThat(count(JobState.READY, List.of(first, next))).isEqualTo(1);
        assertThat(count(JobState.BLOCKED, List.of(first, next))).isEqualTo(1);
    }

    @Test
    void a_job_run_again_by_hand_goes_through_its_groups_gate() {
        enqueue(first, next);
        fail(first);

        runAgain(first);

        assertBlocked(Gate.GROUP, first);
        assertState(JobState.READY, next);
        succeed(next);
        assertState(JobState.READY, first);
    }

    @Test
    void places_are_kept_across_a_restart() {
        enqueue(first, next);
        ClaimedJob run = session.take(first.id());

        reopen();
        session = session.through(store);
        driver.settleDown();
        assertBlocked(Gate.GROUP, next);
        session.succeed(run);
        driver.settleDown();

        assertState(JobState.READY, next);
    }

    private void limit(int atOnce) {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withGroup("customer", new GroupLimits(atOnce, null)));
    }

    private static List<JobDraft> customers(int count) {
        return Stream.generate(() -> Jobs.work().group("customer", "7"))
                .limit(count)
                .toList();
    }
}
