package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A job that waits for others goes on when their ends are as wished, and is cancelled when they cannot be any more. */
abstract class DependencyRules extends FlowPart {

    @ParameterizedTest
    @EnumSource
    void each_end_of_a_parent_means_to_each_wish_what_the_table_says(Wish wish) {
        for (Ending ending : Ending.values()) {
            JobDraft parent = ending.parent(this);
            JobDraft child = Jobs.work().after(wish, parent);
            enqueue(parent, child);
            assertBlocked(Gate.PARENTS, child);

            ending.end(this, parent);

            CancelReason reason = ending.reason(wish);
            assertThat(job(child).cancelReason())
                    .as("a child that wishes for %s, after %s", wish, ending)
                    .isEqualTo(reason);
            assertState(reason == null ? JobState.READY : JobState.CANCELLED, child);
            assertThat(driver.parents(child.id()))
                    .containsExactly(new Dependency(child.id(), child.parents().get(0), ending.verdict));
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_parent_that_has_ended_before_counts_as_it_ended(Wish wish) {
        for (Ending ending : Ending.values()) {
            if (ending == Ending.DELETION) {
                continue; // a parent that does not exist is refused
            }
            JobDraft parent = ending.parent(this);
            enqueue(parent);
            ending.end(this, parent);
            JobDraft child = Jobs.work().after(wish, parent);

            driver.enqueue(child);
            driver.settleDown();

            CancelReason reason = ending.reason(wish);
            assertThat(job(child).cancelReason())
                    .as("a child that wishes for %s, after %s", wish, ending)
                    .isEqualTo(reason);
            assertState(reason == null ? JobState.READY : JobState.CANCELLED, child);
            assertThat(driver.parents(child.id()))
                    .extracting(Dependency::verdict)
                    .containsExactly(ending.verdict);
        }
    }

    @Test
    void a_child_that_waits_is_claimed_by_nobody_and_found_by_its_state() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent).priority(100);
        enqueue(parent, child);
        JobDraft free = Jobs.plain("other");
        driver.enqueue(free);

        assertThat(session.claimThis(child.id())).isEmpty();
        assertThat(session.claim(9)).extracting(run -> run.spec().id()).containsExactly(parent.id());
        assertThat(driver.find(Filter.ALL.withStates(Set.of(JobState.BLOCKED))))
                .extracting(JobRecord::id)
                .containsExactly(child.id());
        driver.cancel(free.id());
        assertThat(session.beat().claimable()).isFalse();
        assertThat(idle().nextDue()).isNull();
    }

    @Test
    void what_a_child_waits_for_is_told_in_the_order_given_with_how_each_ended() {
        JobDraft first = Jobs.work().queue("elsewhere");
        JobDraft second = Jobs.work();
        JobDraft third = Jobs.work();
        JobDraft child = Jobs.work().after(Wish.END, third).after(first).after(Wish.FAILURE, second);
        enqueue(first, second, third, child);

        fail(third);

        assertThat(driver.parents(child.id()))
                .containsExactly(
                        new Dependency(child.id(), new Parent(third.id(), Jobs.QUEUE, Wish.END), Verdict.FAILED),
                        new Dependency(child.id(), new Parent(first.id(), "elsewhere", Wish.SUCCESS), null),
                        new Dependency(child.id(), new Parent(second.id(), Jobs.QUEUE, Wish.FAILURE), null));
        assertThat(driver.parents(first.id())).isEmpty();
        assertBlocked(Gate.PARENTS, child);
    }

    @Test
    void a_child_of_many_parents_waits_for_the_last_of_them() {
        JobDraft first = Jobs.work();
        JobDraft second = Jobs.work().queue("elsewhere");
        JobDraft third = Jobs.plain("other");
        JobDraft child = Jobs.work().after(first, second).after(Wish.END, third);
        enqueue(first, second, third, child);

        succeed(second);
        assertBlocked(Gate.PARENTS, child);
        succeed(first);
        assertBlocked(Gate.PARENTS, child);
        cancel(third);

        assertState(JobState.READY, child);
    }

    @Test
    void all_children_of_a_parent_go_on_in_whichever_queue_they_are() {
        JobDraft parent = Jobs.work();
        JobDraft here = Jobs.work().after(parent);
        JobDraft elsewhere = Jobs.work().after(parent).queue("elsewhere");
        JobDraft hopeless = Jobs.work().after(Wish.FAILURE, parent);
        enqueue(parent, here, elsewhere, hopeless);

        succeed(parent);

        assertState(JobState.READY, here, elsewhere);
        assertCancelled(CancelReason.NOT_NEEDED, hopeless);
    }

    @Test
    void a_diamond_runs_from_its_top_to_its_bottom() {
        JobDraft top = Jobs.work();
        JobDraft left = Jobs.work().after(top);
        JobDraft right = Jobs.work().after(top).queue("elsewhere");
        JobDraft bottom = Jobs.work().after(left, right);
        enqueue(bottom, right, left, top);

        succeed(top);
        assertState(JobState.READY, left, right);
        succeed(left);
        assertBlocked(Gate.PARENTS, bottom);
        succeed(right);
        succeed(bottom);

        assertState(JobState.SUCCEEDED, top, left, right, bottom);
    }

    @Test
    void one_broken_hope_ends_a_child_at_once_whatever_else_it_waits_for() {
        JobDraft hopeless = Jobs.work();
        JobDraft running = Jobs.work();
        JobDraft child = Jobs.work().after(running, hopeless).unique("k");
        enqueue(hopeless, running, child);
        session.take(running.id());

        fail(hopeless);

        assertCancelled(CancelReason.PARENT_FAILED, child);
        assertAbout(job(child).times().finishedAt(), START);
        assertAbout(job(child).times().keepUntil(), START.plus(retention().cancelled()));
        driver.enqueue(Jobs.work().unique("k"));
    }

    @Test
    void an_abandoned_child_is_abandoned_for_good_whatever_its_other_parents_do() {
        JobDraft first = Jobs.work();
        JobDraft second = Jobs.work();
        JobDraft child = Jobs.work().after(first, second);
        enqueue(first, second, child);
        fail(first);

        succeed(second);

        assertCancelled(CancelReason.PARENT_FAILED, child);
        assertThat(driver.parents(child.id()))
                .extracting(Dependency::verdict)
                .containsExactly(Verdict.FAILED, Verdict.SUCCEEDED);
    }

    @Test
    void a_child_abandoned_tells_its_own_children_and_so_on() {
        JobDraft top = Jobs.work();
        JobDraft child = Jobs.work().after(top);
        JobDraft grandchild = Jobs.work().after(child).queue("elsewhere");
        JobDraft greatGrandchild = Jobs.work().after(grandchild);
        JobDraft cleanUp = Jobs.work().after(Wish.FAILURE, grandchild);
        JobDraft last = Jobs.work().after(Wish.END, greatGrandchild);
        enqueue(top, child, grandchild, greatGrandchild, cleanUp, last);

        fail(top);

        assertCancelled(CancelReason.PARENT_FAILED, child, grandchild, greatGrandchild);
        assertState(JobState.READY, cleanUp, last);
    }

    @Test
    void a_branch_that_is_not_needed_passes_that_on() {
        JobDraft top = Jobs.work();
        JobDraft onFailure = Jobs.work().after(Wish.FAILURE, top);
        JobDraft behind = Jobs.work().after(onFailure);
        JobDraft farBehind = Jobs.work().after(Wish.FAILURE, behind);
        JobDraft last = Jobs.work().after(Wish.END, farBehind);
        enqueue(top, onFailure, behind, farBehind, last);

        succeed(top);

        assertCancelled(CancelReason.NOT_NEEDED, onFailure, behind, farBehind);
        assertState(JobState.READY, last);
    }

    @Test
    void of_parents_that_may_fail_one_failure_is_enough_and_the_others_are_not_waited_for() {
        JobDraft first = Jobs.work();
        JobDraft second = Jobs.work();
        JobDraft third = Jobs.work();
        JobDraft child = Jobs.work().after(Wish.FAILURE, first, second, third);
        enqueue(first, second, third, child);

        succeed(first);
        assertBlocked(Gate.PARENTS, child);
        fail(second);
        assertState(JobState.READY, child);
        succeed(child);
        succeed(third);

        assertState(JobState.SUCCEEDED, child);
    }

    @Test
    void one_failure_does_not_spare_a_child_its_other_wishes() {
        JobDraft mayFail = Jobs.work();
        JobDraft mayFailToo = Jobs.work();
        JobDraft mustSucceed = Jobs.work();
        JobDraft mustEnd = Jobs.work();
        JobDraft child = Jobs.work()
                .after(Wish.FAILURE, mayFail, mayFailToo)
                .after(mustSucceed)
                .after(Wish.END, mustEnd);
        enqueue(mayFail, mayFailToo, mustSucceed, mustEnd, child);

        fail(mayFail);
        assertBlocked(Gate.PARENTS, child);
        succeed(mustSucceed);
        assertBlocked(Gate.PARENTS, child);
        fail(mustEnd);

        assertState(JobState.READY, child);
    }

    @Test
    void a_child_is_not_needed_once_the_last_of_the_parents_that_may_fail_has_not() {
        JobDraft first = Jobs.work();
        JobDraft second = Jobs.work();
        JobDraft mustSucceed = Jobs.work();
        JobDraft child = Jobs.work().after(Wish.FAILURE, first, second).after(mustSucceed);
        enqueue(first, second, mustSucceed, child);

        succeed(first);
        assertBlocked(Gate.PARENTS, child);
        succeed(second);

        assertCancelled(CancelReason.NOT_NEEDED, child);
    }

    @Test
    void a_retry_a_snooze_a_hand_back_and_a_rescue_are_no_ends() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(Wish.END, parent);
        enqueue(parent, child);

        session.retry(session.take(parent.id()), HOUR);
        session.snooze(session.take(parent.id()), HOUR);
        session.handBack(session.take(parent.id()));
        session.take(parent.id());
        session.close();
        driver.settleDown();

        assertState(JobState.READY, parent);
        assertBlocked(Gate.PARENTS, child);
    }

    @Test
    void a_parent_that_is_struck_out_has_failed() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        enqueue(parent, child);

        for (int deaths = 0; deaths < 4; deaths++) {
            session.take(parent.id());
            session.close();
            driver.settleDown();
            session = driver.session();
        }

        assertState(JobState.FAILED, parent);
        assertCancelled(CancelReason.PARENT_FAILED, child);
    }

    @Test
    void a_waiting_child_that_is_cancelled_or_expires_tells_its_own_children() {
        JobDraft parent = Jobs.work();
        JobDraft cancelled = Jobs.work().after(parent);
        JobDraft afterCancelled = Jobs.work().after(Wish.FAILURE, cancelled);
        JobDraft expiring = Jobs.work().after(parent).expiresIn(MINUTE);
        JobDraft afterExpiring = Jobs.work().after(Wish.FAILURE, expiring);
        enqueue(parent, cancelled, afterCancelled, expiring, afterExpiring);

        cancel(cancelled);
        clock.advance(MINUTE.plus(SECOND));
        driver.settleDown();

        assertCancelled(CancelReason.REQUESTED, cancelled);
        assertCancelled(CancelReason.NOT_NEEDED, afterCancelled);
        assertCancelled(CancelReason.EXPIRED, expiring);
        assertState(JobState.READY, afterExpiring);
        succeed(parent);
        assertCancelled(CancelReason.REQUESTED, cancelled);
    }

    @Test
    void a_child_that_is_deleted_while_it_waits_takes_its_dependencies_along() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        enqueue(parent, child);

        assertThat(driver.delete(child.id()).done()).containsExactly(child.id());
        succeed(parent);

        assertThat(driver.exists(child.id())).isFalse();
        assertThat(driver.parents(child.id())).isEmpty();
    }

    @Test
    void a_parent_that_is_deleted_or_purged_after_its_end_leaves_its_verdict() {
        JobDraft deleted = Jobs.work();
        JobDraft purged = Jobs.work().keepFor(MINUTE);
        JobDraft other = Jobs.work();
        JobDraft child = Jobs.work().after(deleted, purged, other);
        enqueue(deleted, purged, other, child);
        succeed(deleted);
        succeed(purged);

        driver.delete(deleted.id());
        clock.advance(HOUR);
        driver.settleDown();

        assertThat(driver.exists(purged.id())).isFalse();
        assertBlocked(Gate.PARENTS, child);
        succeed(other);
        assertState(JobState.READY, child);
        assertThat(driver.parents(child.id()))
                .extracting(Dependency::verdict)
                .containsExactly(Verdict.SUCCEEDED, Verdict.SUCCEEDED, Verdict.SUCCEEDED);
    }

    @Test
    void waiting_survives_a_restart() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        enqueue(parent, child);

        reopen();
        session = driver.session();
        assertBlocked(Gate.PARENTS, child);
        succeed(parent);

        assertState(JobState.READY, child);
    }
}
