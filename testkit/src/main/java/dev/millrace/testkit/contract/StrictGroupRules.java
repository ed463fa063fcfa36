package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Due;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Operation;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A strict job keeps its place in the group while it waits for a retry, so that nobody overtakes it. */
abstract class StrictGroupRules extends FlowPart {
    private final JobDraft first = strict();
    private final JobDraft next = strict();

    @BeforeEach
    void limitToOne() {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withGroup("account", new GroupLimits(1, null)));
        enqueue(first, next);
    }

    @Test
    void a_retry_keeps_the_place_and_falls_due_without_the_gate() {
        session.retry(session.take(first.id()), HOUR);
        driver.settleDown();
        assertState(JobState.SCHEDULED, first);
        assertBlocked(Gate.GROUP, next);
        clock.advance(HOUR.plus(SECOND));

        driver.settleDown();

        assertState(JobState.READY, first);
        assertBlocked(Gate.GROUP, next);
        succeed(first);
        assertState(JobState.READY, next);
    }

    @Test
    void a_retry_at_once_is_not_overtaken() {
        clock.advance(MINUTE);

        session.retry(session.take(first.id()), Duration.ZERO);
        driver.settleDown();

        assertState(JobState.READY, first);
        assertBlocked(Gate.GROUP, next);
    }

    @Test
    void a_snooze_frees_the_place_all_the_same() {
        session.snooze(session.take(first.id()), HOUR);
        driver.settleDown();

        assertState(JobState.READY, next);
        clock.advance(HOUR.plus(SECOND));
        driver.settleDown();
        assertBlocked(Gate.GROUP, first);
    }

    @Test
    void whatever_ends_a_job_that_waits_for_its_retry_frees_the_place() {
        JobDraft third = strict().expiresIn(HOUR);
        JobDraft last = strict();
        enqueue(third, last);

        session.retry(session.take(first.id()), DAY);
        cancel(first);
        assertState(JobState.READY, next);
        session.retry(session.take(next.id()), DAY);
        driver.delete(next.id());
        driver.settleDown();
        assertState(JobState.READY, third);
        session.retry(session.take(third.id()), DAY);
        driver.settleDown();
        assertBlocked(Gate.GROUP, last);
        clock.advance(HOUR.plus(SECOND));
        driver.settleDown();

        assertCancelled(CancelReason.EXPIRED, third);
        assertState(JobState.READY, last);
    }

    @Test
    void a_retry_put_off_by_hand_frees_the_place() {
        session.retry(session.take(first.id()), HOUR);

        driver.operate(new Operation.Reschedule(new Due.After(DAY)), first.id());
        driver.settleDown();

        assertState(JobState.SCHEDULED, first);
        assertState(JobState.READY, next);
    }

    @Test
    void a_new_job_with_a_delay_holds_no_place() {
        succeed(first);
        JobDraft delayed = strict().in(HOUR);
        driver.enqueue(delayed);
        JobDraft last = strict();
        driver.enqueue(last);

        succeed(next);

        assertState(JobState.SCHEDULED, delayed);
        assertState(JobState.READY, last);
    }

    @Test
    void the_place_is_kept_across_a_restart_and_a_second_retry() {
        session.retry(session.take(first.id()), HOUR);
        reopen();
        session = driver.session();
        clock.advance(HOUR.plus(SECOND));
        driver.settleDown();

        session.retry(session.take(first.id()), HOUR);
        driver.settleDown();

        assertState(JobState.SCHEDULED, first);
        assertBlocked(Gate.GROUP, next);
        assertThat(session.claim(9)).isEmpty();
    }

    @Test
    void this_one_job_is_taken_while_it_waits_for_its_retry() {
        session.retry(session.take(first.id()), HOUR);

        session.take(first.id());

        assertBlocked(Gate.GROUP, next);
    }

    private static JobDraft strict() {
        return Jobs.work().strict("account", "k");
    }
}
