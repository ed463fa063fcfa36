package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A workflow is its head: a job that nobody runs, that waits for every member, and ends when the last of them has. */
abstract class WorkflowHeadRules extends FlowPart {
    private final JobDraft head = Jobs.head();

    @Test
    void a_workflow_ends_when_its_last_member_has_whatever_the_ends() {
        JobDraft succeeds = member("a");
        JobDraft fails = member("b").queue("elsewhere");
        JobDraft abandoned = member("c").after(fails);
        enqueue(head, succeeds, fails, abandoned);
        assertBlocked(Gate.PARENTS, head);

        succeed(succeeds);
        assertBlocked(Gate.PARENTS, head);
        clock.advance(HOUR);
        fail(fails);

        assertState(JobState.SUCCEEDED, head);
        JobRecord ended = job(head);
        assertAbout(ended.times().finishedAt(), START.plus(HOUR));
        assertAbout(ended.times().keepUntil(), START.plus(HOUR).plus(retention().succeeded()));
        assertThat(ended.gate()).isNull();
        assertThat(ended.result()).isNull();
        assertThat(ended.run().token()).isZero();
        assertThat(driver.trail(head.id()).runs()).isEmpty();
        assertThat(driver.parents(head.id()))
                .containsExactlyInAnyOrder(
                        new Dependency(head.id(), new Parent(succeeds.id(), Jobs.QUEUE, Wish.END), Verdict.SUCCEEDED),
                        new Dependency(head.id(), new Parent(fails.id(), "elsewhere", Wish.END), Verdict.FAILED),
                        new Dependency(head.id(), new Parent(abandoned.id(), Jobs.QUEUE, Wish.END), Verdict.FAILED));
    }

    @Test
    void members_may_come_before_their_head_in_one_call_and_behind_it_in_another() {
        JobDraft first = member("a");
        JobDraft second = member("b");
        enqueue(first, head);
        driver.enqueue(second);

        succeed(first);
        assertBlocked(Gate.PARENTS, head);
        succeed(second);

        assertState(JobState.SUCCEEDED, head);
        assertThat(driver.parents(head.id()))
                .extracting(dependency -> dependency.parent().job())
                .containsExactly(first.id(), second.id());
    }

    @Test
    void a_workflow_without_members_ends_at_once() {
        driver.enqueue(head);
        driver.settleDown();

        assertState(JobState.SUCCEEDED, head);
        assertThat(driver.parents(head.id())).isEmpty();
    }

    @Test
    void a_member_of_a_workflow_that_does_not_exist_is_refused_with_the_whole_call() {
        JobDraft member = member("a");

        assertThatThrownBy(() -> driver.offer(List.of(Jobs.work(), member)))
                .isInstanceOfSatisfying(
                        MissingParentException.class,
                        error -> assertThat(error.parent()).isEqualTo(head.id()));

        assertThat(driver.find(Filter.ALL)).isEmpty();
    }

    @Test
    void a_head_is_never_claimed() {
        JobDraft member = member("a");
        enqueue(head, member);
        SessionDriver eager = driver.session("eager", Jobs.HEAD);

        assertThat(eager.claim(9)).isEmpty();
        assertThat(eager.claimThis(head.id())).isEmpty();
        assertThat(eager.claimFrom(9, Jobs.HEADS)).isEmpty();
        succeed(member);

        assertThat(eager.claim(9)).isEmpty();
        assertThat(eager.claimThis(head.id())).isEmpty();
        assertState(JobState.SUCCEEDED, head);
    }

    @Test
    void a_workflow_that_has_ended_waits_again_for_a_member_that_comes_later() {
        JobDraft first = member("a");
        JobDraft later = member("b");
        enqueue(head, first);
        succeed(first);
        assertState(JobState.SUCCEEDED, head);

        driver.enqueue(later);
        driver.settleDown();

        assertBlocked(Gate.PARENTS, head);
        assertThat(job(head).times().finishedAt()).isNull();
        succeed(later);
        assertState(JobState.SUCCEEDED, head);
        assertThat(driver.parents(head.id())).hasSize(2);
    }

    @Test
    void a_workflow_that_has_ended_waits_again_for_a_member_that_is_run_again() {
        JobDraft first = member("a");
        JobDraft second = member("b").after(first);
        enqueue(head, first, second);
        fail(first);
        assertState(JobState.SUCCEEDED, head);

        runAgain(first);

        assertBlocked(Gate.PARENTS, head, second);
        succeed(first);
        succeed(second);
        assertState(JobState.SUCCEEDED, head);
        assertThat(driver.parents(head.id()))
                .extracting(Dependency::verdict)
                .containsExactly(Verdict.SUCCEEDED, Verdict.SUCCEEDED);
    }

    @Test
    void a_member_that_is_deleted_before_it_ended_counts_as_cancelled() {
        JobDraft first = member("a");
        JobDraft second = member("b");
        enqueue(head, first, second);
        succeed(first);

        driver.delete(second.id());
        driver.settleDown();

        assertState(JobState.SUCCEEDED, head);
        assertThat(driver.parents(head.id()))
                .extracting(Dependency::verdict)
                .containsExactly(Verdict.SUCCEEDED, Verdict.CANCELLED);
    }

    @Test
    void other_jobs_may_wait_for_a_workflow() {
        JobDraft member = member("a");
        JobDraft behind = Jobs.work().after(head);
        enqueue(head, member, behind);

        fail(member);

        assertState(JobState.READY, behind);
    }

    @Test
    void a_job_that_comes_when_a_workflow_has_ended_does_not_wait_for_it() {
        JobDraft member = member("a");
        enqueue(head, member);
        succeed(member);
        assertState(JobState.SUCCEEDED, head);
        JobDraft behind = Jobs.work().after(head);

        driver.enqueue(behind);
        driver.settleDown();

        assertState(JobState.READY, behind);
        assertThat(driver.parents(behind.id())).extracting(Dependency::verdict).containsExactly(Verdict.SUCCEEDED);
    }

    @Test
    void a_workflow_may_be_a_member_of_another() {
        JobDraft member = member("a");
        JobDraft outer = Jobs.head();
        JobDraft after = Jobs.work().member(outer, "after").after(head);
        enqueue(outer, head, member, after);

        succeed(member);
        assertBlocked(Gate.PARENTS, outer);
        succeed(after);

        assertState(JobState.SUCCEEDED, head, outer);
    }

    @Test
    void a_workflow_that_is_cancelled_ends_and_leaves_its_members_to_go_on() {
        JobDraft member = member("a");
        enqueue(head, member);

        cancel(head);

        assertCancelled(CancelReason.REQUESTED, head);
        assertState(JobState.READY, member);
        succeed(member);
        assertCancelled(CancelReason.REQUESTED, head);
        assertAbout(job(member).times().keepUntil(), START.plus(retention().succeeded()));
    }

    @Test
    void a_call_repeated_doubles_no_member_and_opens_no_workflow_again() {
        JobDraft member = member("a");
        List<JobDraft> call = List.of(head, member);
        driver.enqueue(call);
        assertThat(driver.offer(call)).allMatch(Answer.Known.class::isInstance);
        driver.settleDown();
        assertThat(driver.parents(head.id())).hasSize(1);
        succeed(member);

        clock.advance(MINUTE);
        assertThat(driver.offer(call)).allMatch(Answer.Known.class::isInstance);
        assertThat(driver.offer(member)).isInstanceOf(Answer.Known.class);
        driver.settleDown();

        assertState(JobState.SUCCEEDED, head);
        assertAbout(job(head).times().finishedAt(), START);
        assertThat(driver.parents(head.id())).hasSize(1);
    }

    @Test
    void a_member_that_comes_after_others_were_deleted_is_waited_for() {
        JobDraft first = member("a");
        JobDraft second = member("b");
        enqueue(head, first, second);
        succeed(first);
        succeed(second);
        driver.delete(first.id(), second.id());

        JobDraft third = member("c");
        JobDraft fourth = member("d");
        enqueue(third, fourth);
        driver.settleDown();
        assertBlocked(Gate.PARENTS, head);
        succeed(third);
        assertBlocked(Gate.PARENTS, head);
        succeed(fourth);

        assertState(JobState.SUCCEEDED, head);
    }

    @Test
    void a_member_that_was_deleted_and_comes_again_is_waited_for_again() {
        JobDraft first = member("a");
        JobDraft second = member("b").queue("elsewhere");
        JobDraft last = member("c");
        enqueue(head, first, second, last);
        succeed(first);
        fail(second);
        driver.delete(first.id(), second.id());
        clock.advance(HOUR.plus(MINUTE));
        driver.settleDown();

        enqueue(first, second);
        driver.settleDown();
        assertBlocked(Gate.PARENTS, head);
        assertThat(driver.parents(head.id())).extracting(Dependency::verdict).containsOnlyNulls();
        succeed(last);
        succeed(first);
        assertBlocked(Gate.PARENTS, head);
        succeed(second);

        assertState(JobState.SUCCEEDED, head);
        assertThat(driver.parents(head.id()))
                .extracting(Dependency::verdict)
                .containsExactly(Verdict.SUCCEEDED, Verdict.SUCCEEDED, Verdict.SUCCEEDED);
    }

    @Test
    void a_workflow_that_has_ended_goes_on_when_a_member_that_was_deleted_comes_again() {
        JobDraft first = member("a");
        JobDraft second = member("b").queue("elsewhere");
        enqueue(head, first, second);
        fail(first);
        succeed(second);
        assertState(JobState.SUCCEEDED, head);
        driver.delete(first.id(), second.id());
        clock.advance(HOUR.plus(MINUTE));
        driver.settleDown();

        enqueue(second);
        driver.settleDown();
        assertBlocked(Gate.PARENTS, head);
        enqueue(first.queue("elsewhere"));
        succeed(second);
        assertBlocked(Gate.PARENTS, head);
        succeed(first);

        assertState(JobState.SUCCEEDED, head);
        assertThat(driver.parents(head.id()))
                .extracting(Dependency::verdict)
                .containsExactlyInAnyOrder(Verdict.SUCCEEDED, Verdict.SUCCEEDED);
    }

    @Test
    void a_duplicate_is_no_member() {
        driver.enqueue(Jobs.work().unique("k"));
        JobDraft member = member("a");
        enqueue(head, member);

        assertThat(driver.offer(member("b").unique("k"))).isInstanceOf(Answer.Duplicate.class);

        assertThat(driver.parents(head.id())).hasSize(1);
    }

    @Test
    void a_member_that_retries_or_is_handed_back_has_not_ended() {
        JobDraft member = member("a");
        enqueue(head, member);
        ClaimedJob run = session.take(member.id());

        session.retry(run, HOUR);
        driver.settleDown();
        assertBlocked(Gate.PARENTS, head);
        session.handBack(session.take(member.id()));
        driver.settleDown();

        assertBlocked(Gate.PARENTS, head);
    }

    @Test
    void a_head_and_its_members_are_not_claimable_work_while_they_wait() {
        JobDraft other = Jobs.work();
        JobDraft member = member("a").after(other);
        enqueue(other, head, member);
        session.take(other.id());

        assertThat(session.beat().claimable()).isFalse();
        assertThat(session.exchange(List.of(), session.next(new Claim.Queues.AllBut(Set.of()), 9))
                        .nextDue())
                .isNull();
    }

    private JobDraft member(String name) {
        return Jobs.work().member(head, name);
    }
}
