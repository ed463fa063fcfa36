package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Parents run again, and children that come back by it or are run again themselves. */
abstract class ReviveRules extends FlowPart {

    @Test
    void a_child_cancelled_for_its_parents_failure_comes_back_when_that_is_run_again() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        enqueue(parent, child);
        fail(parent);

        runAgain(parent);

        assertBlocked(Gate.PARENTS, child);
        assertThat(job(child).cancelReason()).isNull();
        assertThat(job(child).times().finishedAt()).isNull();
        assertThat(job(child).times().keepUntil()).isNull();
        assertThat(driver.parents(child.id())).extracting(Dependency::verdict).containsOnlyNulls();
        succeed(parent);
        assertState(JobState.READY, child);
    }

    @Test
    void whoever_was_cancelled_for_the_same_failure_comes_back_too_however_far_behind() {
        JobDraft top = Jobs.work();
        JobDraft child = Jobs.work().after(top);
        JobDraft grandchild = Jobs.work().after(child).queue("elsewhere");
        JobDraft last = Jobs.work().after(grandchild);
        enqueue(top, child, grandchild, last);
        fail(top);

        runAgain(top);

        assertBlocked(Gate.PARENTS, child, grandchild, last);
        succeed(top);
        succeed(child);
        succeed(grandchild);
        assertState(JobState.READY, last);
    }

    @Test
    void a_child_with_another_broken_hope_stays_cancelled_until_that_is_mended_too() {
        JobDraft first = Jobs.work();
        JobDraft second = Jobs.work();
        JobDraft child = Jobs.work().after(first, second);
        enqueue(first, second, child);
        fail(first);
        fail(second);

        runAgain(first);
        assertCancelled(CancelReason.PARENT_FAILED, child);
        succeed(first);
        assertCancelled(CancelReason.PARENT_FAILED, child);
        runAgain(second);

        assertBlocked(Gate.PARENTS, child);
        succeed(second);
        assertState(JobState.READY, child);
    }

    @Test
    void of_several_children_with_one_unique_key_one_comes_back() {
        JobDraft parent = Jobs.work();
        JobDraft first = Jobs.work().after(parent).unique("k");
        enqueue(parent, first);
        fail(parent);
        JobDraft second = Jobs.work().after(parent).unique("k");
        enqueue(second);
        driver.settleDown();
        assertCancelled(CancelReason.PARENT_FAILED, first, second);

        runAgain(parent);

        assertThat(Stream.of(first, second).filter(child -> !job(child).state().finished()))
                .hasSize(1);
    }

    @Test
    void a_parent_that_fails_once_more_cancels_once_more() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        JobDraft grandchild = Jobs.work().after(child);
        enqueue(parent, child, grandchild);
        for (int times = 0; times < 3; times++) {
            fail(parent);
            assertCancelled(CancelReason.PARENT_FAILED, child, grandchild);
            runAgain(parent);
            assertBlocked(Gate.PARENTS, child, grandchild);
        }

        succeed(parent);

        assertState(JobState.READY, child);
    }

    @Test
    void ends_and_revivals_told_late_count_in_their_order() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        JobDraft onFailure = Jobs.work().after(Wish.FAILURE, parent);
        enqueue(parent, child, onFailure);

        session.fail(session.take(parent.id()));
        driver.runAgain(parent.id());
        session.fail(session.take(parent.id()));
        driver.runAgain(parent.id());
        session.succeed(session.take(parent.id()));
        driver.settleDown();

        assertState(JobState.READY, child);
        assertThat(driver.parents(child.id())).extracting(Dependency::verdict).containsExactly(Verdict.SUCCEEDED);
        assertThat(driver.parents(onFailure.id()))
                .extracting(Dependency::verdict)
                .containsExactly(Verdict.SUCCEEDED);
    }

    @Test
    void a_child_that_waits_for_others_waits_again_for_a_parent_that_is_run_again() {
        JobDraft parent = Jobs.work();
        JobDraft other = Jobs.work();
        JobDraft child = Jobs.work().after(parent, other);
        enqueue(parent, other, child);
        succeed(parent);

        runAgain(parent);
        succeed(other);

        assertBlocked(Gate.PARENTS, child);
        succeed(parent);
        assertState(JobState.READY, child);
    }

    @Test
    void a_parent_that_may_fail_and_is_run_again_is_waited_for_again_as_are_the_others() {
        JobDraft first = Jobs.work();
        JobDraft second = Jobs.work();
        JobDraft gate = Jobs.work();
        JobDraft child = Jobs.work().after(Wish.FAILURE, first, second).after(gate);
        enqueue(first, second, gate, child);
        fail(first);

        runAgain(first);
        succeed(gate);
        assertBlocked(Gate.PARENTS, child);
        succeed(first);
        assertBlocked(Gate.PARENTS, child);
        fail(second);

        assertState(JobState.READY, child);
    }

    @Test
    void a_child_that_is_beyond_its_parents_gate_or_ended_otherwise_is_left_alone() {
        JobDraft parent = Jobs.work();
        JobDraft ready = Jobs.work().after(parent);
        JobDraft running = Jobs.work().after(parent);
        JobDraft scheduled = Jobs.work().after(parent).in(HOUR);
        JobDraft succeeded = Jobs.work().after(parent);
        JobDraft cancelled = Jobs.work().after(parent);
        JobDraft notNeeded = Jobs.work().after(Wish.FAILURE, parent);
        enqueue(parent, ready, running, scheduled, succeeded, cancelled, notNeeded);
        cancel(cancelled);
        succeed(parent);
        succeed(succeeded);
        session.take(running.id());

        runAgain(parent);

        assertState(JobState.READY, ready);
        assertState(JobState.RUNNING, running);
        assertState(JobState.SCHEDULED, scheduled);
        assertState(JobState.SUCCEEDED, succeeded);
        assertCancelled(CancelReason.REQUESTED, cancelled);
        assertCancelled(CancelReason.NOT_NEEDED, notNeeded);
        assertThat(driver.parents(ready.id())).extracting(Dependency::verdict).containsOnlyNulls();
    }

    @Test
    void retry_snooze_hand_back_and_rescue_do_not_look_at_parents() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        enqueue(parent, child);
        succeed(parent);
        ClaimedJob run = session.take(child.id());
        runAgain(parent);

        session.retry(run, Duration.ZERO);
        assertState(JobState.READY, child);
        session.snooze(session.take(child.id()), HOUR);
        assertState(JobState.SCHEDULED, child);
        session.handBack(session.take(child.id()));
        assertState(JobState.READY, child);
        session.take(child.id());
        session.close();
        driver.settleDown();

        assertState(JobState.READY, child);
    }

    @Test
    void a_revived_child_whose_key_another_holds_stays_cancelled() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent).unique("k");
        JobDraft grandchild = Jobs.work().after(child);
        enqueue(parent, child, grandchild);
        fail(parent);
        JobDraft other = Jobs.work().unique("k");
        driver.enqueue(other);

        runAgain(parent);
        succeed(parent);

        assertCancelled(CancelReason.PARENT_FAILED, child, grandchild);
        assertState(JobState.READY, other);
    }

    @Test
    void a_revived_child_takes_its_key_again() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent).unique("k");
        enqueue(parent, child);
        fail(parent);

        runAgain(parent);

        assertThat(driver.offer(Jobs.work().unique("k")).id()).isEqualTo(child.id());
    }

    @Test
    void a_revived_childs_delay_counts_from_when_its_parents_are_done() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent).in(HOUR);
        enqueue(parent, child);
        fail(parent);
        clock.advance(DAY.dividedBy(2));
        runAgain(parent);

        succeed(parent);

        assertState(JobState.SCHEDULED, child);
        assertAbout(job(child).times().dueAt(), START.plus(DAY.dividedBy(2)).plus(HOUR));
    }

    @Test
    void a_child_run_again_by_hand_goes_through_the_gate_of_its_parents() {
        JobDraft done = Jobs.work();
        JobDraft waiting = Jobs.work();
        JobDraft failed = Jobs.work().after(done);
        JobDraft cancelled = Jobs.work().after(waiting);
        enqueue(done, waiting, failed, cancelled);
        succeed(done);
        fail(failed);
        cancel(cancelled);

        runAgain(failed);
        assertState(JobState.READY, failed);
        runAgain(cancelled);
        assertBlocked(Gate.PARENTS, cancelled);
        clock.advance(SETBACK);
        succeed(waiting);

        assertState(JobState.READY, cancelled);
    }

    @Test
    void a_child_run_again_by_hand_is_due_once_its_parents_are_done() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent).in(DAY);
        enqueue(parent, child);
        cancel(child);
        runAgain(child);
        clock.advance(SETBACK);

        succeed(parent);

        assertState(JobState.READY, child);
    }

    @Test
    void a_child_whose_parent_did_not_succeed_is_not_run_again_by_hand() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        enqueue(parent, child);
        fail(parent);

        OperationReport report = driver.runAgain(child.id());

        assertThat(report.done()).isEmpty();
        assertThat(report.refused()).containsOnlyKeys(child.id());
        assertThat(report.refused().get(child.id())).contains(parent.id().toString());
        assertCancelled(CancelReason.PARENT_FAILED, child);
    }

    @Test
    void a_child_and_its_parent_run_again_together_both_come_back() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        enqueue(parent, child);
        fail(parent);

        driver.runAgain(parent.id(), child.id());
        driver.settleDown();

        assertState(JobState.READY, parent);
        assertBlocked(Gate.PARENTS, child);
    }

    @Test
    void a_child_that_was_not_needed_may_be_run_by_hand() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(Wish.FAILURE, parent);
        JobDraft grandchild = Jobs.work().after(child);
        enqueue(parent, child, grandchild);
        succeed(parent);
        assertCancelled(CancelReason.NOT_NEEDED, child, grandchild);

        runAgain(child);

        assertState(JobState.READY, child);
        assertCancelled(CancelReason.NOT_NEEDED, grandchild);
        succeed(child);
        assertThat(driver.parents(grandchild.id()))
                .extracting(Dependency::verdict)
                .containsExactly(Verdict.SUCCEEDED);
    }

    @Test
    void a_child_that_is_not_needed_is_so_again_when_it_was_run_by_hand_before_all_its_parents_ended() {
        JobDraft parent = Jobs.work();
        JobDraft unneeded = Jobs.work().after(Wish.FAILURE, parent);
        JobDraft other = Jobs.work();
        JobDraft child = Jobs.work().after(unneeded).after(Wish.END, other);
        enqueue(parent, unneeded, other, child);
        succeed(parent);
        assertCancelled(CancelReason.NOT_NEEDED, child);

        runAgain(child);
        assertThat(store.verify()).isEmpty();
        succeed(other);

        assertCancelled(CancelReason.NOT_NEEDED, child);
    }

    @Test
    void a_child_that_came_when_its_parent_had_been_given_up_comes_back_with_it() {
        JobDraft first = Jobs.work();
        JobDraft parent = Jobs.work().after(first);
        enqueue(first, parent);
        fail(first);
        JobDraft child = Jobs.work().after(parent);
        enqueue(child);
        assertCancelled(CancelReason.PARENT_FAILED, parent, child);

        runAgain(first);

        assertBlocked(Gate.PARENTS, parent, child);
        succeed(first);
        succeed(parent);
        assertState(JobState.READY, child);
    }

    @Test
    void running_a_child_again_leaves_its_parents_alone() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        enqueue(parent, child);
        succeed(parent);
        fail(child);

        runAgain(child);

        assertState(JobState.SUCCEEDED, parent);
        UUID claimed = session.claimNext().spec().id();
        assertThat(claimed).isEqualTo(child.id());
    }
}
