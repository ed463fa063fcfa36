package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Due;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Parents, due time, group: the gates are passed in this order, and the state shows the first that is shut. */
abstract class GateRules extends FlowPart {

    @Test
    void a_job_passes_its_gates_one_after_the_other() {
        JobDraft holder = Jobs.work().serial("k");
        JobDraft parent = Jobs.work();
        JobDraft job = Jobs.work().after(parent).in(HOUR).serial("k");
        enqueue(holder, parent, job);

        assertBlocked(Gate.PARENTS, job);
        clock.advance(HOUR.multipliedBy(2));
        driver.settleDown();
        assertBlocked(Gate.PARENTS, job);
        succeed(parent);
        assertState(JobState.SCHEDULED, job);
        assertThat(job(job).gate()).isNull();
        clock.advance(HOUR.plus(SECOND));
        driver.settleDown();
        assertBlocked(Gate.GROUP, job);
        succeed(holder);

        assertState(JobState.READY, job);
        assertThat(job(job).gate()).isNull();
        succeed(job);
    }

    @Test
    void gates_that_are_open_are_passed_at_once() {
        JobDraft parent = Jobs.work();
        enqueue(parent);
        succeed(parent);
        JobDraft job = Jobs.work().after(parent).in(Duration.ZERO).serial("k");

        driver.enqueue(job);
        driver.settleDown();

        assertState(JobState.READY, job);
    }

    @Test
    void a_relative_delay_counts_from_when_the_parents_are_done() {
        JobDraft parent = Jobs.work();
        JobDraft job = Jobs.work().after(parent).in(HOUR);
        enqueue(parent, job);
        assertThat(job(job).times().delay()).isEqualTo(HOUR);
        clock.advance(DAY);

        succeed(parent);

        assertAbout(job(job).times().dueAt(), START.plus(DAY).plus(HOUR));
        assertAbout(idle().nextDue(), START.plus(DAY).plus(HOUR));
        clock.advance(HOUR.plus(SECOND));
        assertThat(session.claimNext().spec().id()).isEqualTo(job.id());
    }

    @Test
    void a_relative_delay_counts_from_the_call_when_the_parents_were_done_before() {
        JobDraft parent = Jobs.work();
        enqueue(parent);
        succeed(parent);
        clock.advance(DAY.dividedBy(2));
        JobDraft job = Jobs.work().after(parent).in(HOUR);

        driver.enqueue(job);
        driver.settleDown();

        assertState(JobState.SCHEDULED, job);
        assertAbout(job(job).times().dueAt(), START.plus(DAY.dividedBy(2)).plus(HOUR));
    }

    @Test
    void a_fixed_due_time_stands_whenever_the_parents_are_done() {
        JobDraft parent = Jobs.work();
        JobDraft late = Jobs.work();
        JobDraft waitsForTime = Jobs.work().after(parent).at(START.plus(HOUR));
        JobDraft waitsForParent = Jobs.work().after(late).at(START.plus(HOUR));
        enqueue(parent, late, waitsForTime, waitsForParent);
        assertThat(job(waitsForTime).times().delay()).isNull();

        succeed(parent);
        assertState(JobState.SCHEDULED, waitsForTime);
        assertAbout(job(waitsForTime).times().dueAt(), START.plus(HOUR));
        clock.advance(HOUR.multipliedBy(2));
        succeed(late);

        assertState(JobState.READY, waitsForParent, waitsForTime);
    }

    @Test
    void a_job_with_no_delay_is_due_when_its_parents_are_done() {
        JobDraft parent = Jobs.work();
        JobDraft job = Jobs.work().after(parent);
        enqueue(parent, job);
        clock.advance(HOUR);

        succeed(parent);

        assertAbout(job(job).times().dueAt(), START.plus(HOUR));
    }

    @Test
    void a_job_waiting_at_any_gate_expires() {
        JobDraft parent = Jobs.work();
        JobDraft holder = Jobs.work().serial("k");
        JobDraft atParents = Jobs.work().after(parent).expiresIn(MINUTE);
        JobDraft atGroup = Jobs.work().serial("k").expiresIn(MINUTE);
        enqueue(parent, holder, atParents, atGroup);
        assertBlocked(Gate.GROUP, atGroup);
        clock.advance(MINUTE.plus(SECOND));

        assertThat(driver.sweep().expired()).isEqualTo(2);

        assertCancelled(CancelReason.EXPIRED, atParents, atGroup);
        succeed(parent);
        succeed(holder);
        assertCancelled(CancelReason.EXPIRED, atParents, atGroup);
    }

    @Test
    void a_job_waiting_at_any_gate_is_cancelled_and_deleted_by_hand() {
        JobDraft parent = Jobs.work();
        JobDraft holder = Jobs.work().serial("k");
        JobDraft atParents = Jobs.work().after(parent);
        JobDraft atGroup = Jobs.work().serial("k");
        JobDraft atParentsToo = Jobs.work().after(parent);
        JobDraft atGroupToo = Jobs.work().serial("k");
        enqueue(parent, holder, atParents, atGroup, atParentsToo, atGroupToo);

        assertThat(driver.cancel(atParents.id(), atGroup.id()).done())
                .containsExactlyInAnyOrder(atParents.id(), atGroup.id());
        assertThat(driver.delete(atParentsToo.id(), atGroupToo.id()).done())
                .containsExactlyInAnyOrder(atParentsToo.id(), atGroupToo.id());

        assertCancelled(CancelReason.REQUESTED, atParents, atGroup);
        assertThat(driver.exists(atParentsToo.id())).isFalse();
        assertThat(driver.exists(atGroupToo.id())).isFalse();
        succeed(parent);
        succeed(holder);
        assertCancelled(CancelReason.REQUESTED, atParents, atGroup);
    }

    @Test
    void a_blocked_job_is_not_run_again_nor_given_another_time_or_priority() {
        JobDraft parent = Jobs.work();
        JobDraft holder = Jobs.work().serial("k");
        JobDraft atParents = Jobs.work().after(parent);
        JobDraft atGroup = Jobs.work().serial("k");
        enqueue(parent, holder, atParents, atGroup);

        for (Operation operation : new Operation[] {
            new Operation.RunAgain(), new Operation.Reschedule(new Due.After(HOUR)), new Operation.Reprioritize(7)
        }) {
            OperationReport report = driver.operate(operation, atParents.id(), atGroup.id());

            assertThat(report.done()).as("%s", operation).isEmpty();
            assertThat(report.refused()).as("%s", operation).containsOnlyKeys(atParents.id(), atGroup.id());
            assertThat(report.refused().values()).noneMatch(String::isBlank);
        }
        assertBlocked(Gate.PARENTS, atParents);
        assertBlocked(Gate.GROUP, atGroup);
        assertThat(job(atGroup).spec().priority()).isZero();
    }

    @Test
    void this_one_job_is_not_claimed_past_a_gate_other_than_its_time() {
        JobDraft parent = Jobs.work();
        JobDraft holder = Jobs.work().serial("k");
        JobDraft atParents = Jobs.work().after(parent);
        JobDraft atGroup = Jobs.work().serial("k");
        JobDraft atTime = Jobs.work().serial("k").in(HOUR);
        JobDraft free = Jobs.work().serial("l").in(HOUR);
        enqueue(parent, holder, atParents, atGroup, atTime, free);

        assertThat(session.claimThis(atParents.id())).isEmpty();
        assertThat(session.claimThis(atGroup.id())).isEmpty();
        assertThat(session.claimThis(atTime.id())).isEmpty();
        assertThat(session.claimThis(free.id())).isPresent();

        assertThat(job(atTime).state()).isNotEqualTo(JobState.RUNNING);
        assertBlocked(Gate.PARENTS, atParents);
        assertBlocked(Gate.GROUP, atGroup);
    }
}
