package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Keys;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How jobs with parents come in. */
abstract class DependencyIntakeRules extends FlowPart {

    @Test
    void a_parent_that_takes_the_key_of_one_that_runs_may_come_with_its_child() {
        Keys.Unique next = new Keys.Unique("k", Keys.Conflict.REPLACE, Keys.Scope.UNFINISHED, Duration.ZERO);
        JobDraft old = Jobs.work().unique(next);
        enqueue(old);
        session.take(old.id());
        JobDraft parent = Jobs.work().unique(next);
        JobDraft child = Jobs.work().after(parent);

        enqueue(parent, child);

        assertBlocked(Gate.PARENTS, child);
    }

    @Test
    void a_parent_may_come_in_the_same_call_before_or_after_its_child_or_be_in_the_store() {
        JobDraft stored = Jobs.work();
        driver.enqueue(stored);
        JobDraft before = Jobs.work();
        JobDraft behind = Jobs.work().queue("elsewhere");
        JobDraft child = Jobs.work().after(before, behind, stored);

        enqueue(before, child, behind);

        assertBlocked(Gate.PARENTS, child);
        succeed(before);
        succeed(behind);
        succeed(stored);
        assertState(JobState.READY, child);
    }

    @Test
    void of_parents_that_may_fail_one_that_failed_before_is_enough_in_any_order() {
        JobDraft failed = Jobs.work();
        JobDraft unfinished = Jobs.work();
        enqueue(failed, unfinished);
        fail(failed);
        JobDraft first = Jobs.work().after(Wish.FAILURE, failed, unfinished);
        JobDraft last = Jobs.work().after(Wish.FAILURE, unfinished, failed);

        enqueue(first, last);
        driver.settleDown();

        assertState(JobState.READY, first, last);
    }

    @Test
    void a_missing_parent_refuses_the_whole_call() {
        JobDraft missing = Jobs.work();
        JobDraft child = Jobs.work().after(missing);
        List<JobDraft> call = List.of(Jobs.work(), child, Jobs.work().queue("elsewhere"));

        assertThatThrownBy(() -> driver.offer(call))
                .isInstanceOfSatisfying(
                        MissingParentException.class,
                        error -> assertThat(error.parent()).isEqualTo(missing.id()))
                .hasMessageContaining(child.id().toString());

        assertThat(driver.find(Filter.ALL)).isEmpty();
        assertThat(store.counts()).allMatch(count -> count.count() == 0);
        driver.enqueue(missing);
        driver.enqueue(call);
        assertBlocked(Gate.PARENTS, child);
    }

    @Test
    void a_deleted_parent_is_missing() {
        JobDraft deleted = Jobs.work();
        driver.enqueue(deleted);
        driver.delete(deleted.id());

        assertThatThrownBy(() -> driver.offer(Jobs.work().after(deleted))).isInstanceOf(MissingParentException.class);

        assertThat(driver.find(Filter.ALL)).isEmpty();
    }

    @Test
    void a_call_repeated_after_its_reply_was_lost_doubles_nothing() {
        JobDraft parent = Jobs.work();
        JobDraft other = Jobs.work();
        JobDraft child = Jobs.work().after(parent, other);
        List<JobDraft> call = List.of(parent, child, other);
        driver.enqueue(call);
        succeed(parent);

        assertThat(driver.offer(call)).allMatch(Answer.Known.class::isInstance);
        driver.settleDown();

        assertThat(driver.parents(child.id())).extracting(Dependency::verdict).containsExactly(Verdict.SUCCEEDED, null);
        assertBlocked(Gate.PARENTS, child);
        succeed(other);
        assertState(JobState.READY, child);
    }

    @Test
    void a_call_cut_off_in_the_middle_is_completed_by_its_repetition() {
        JobDraft parent = Jobs.work();
        JobDraft first = Jobs.work().after(parent);
        JobDraft second = Jobs.work().after(parent, first);
        enqueue(parent, first);

        assertThat(driver.offer(List.of(parent, first, second)))
                .containsExactly(
                        new Answer.Known(parent.id()), new Answer.Known(first.id()), new Answer.Stored(second.id()));

        succeed(parent);
        succeed(first);
        assertState(JobState.READY, second);
    }

    @Test
    void a_child_that_is_known_is_known_even_when_its_parent_is_gone() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        enqueue(parent, child);
        succeed(parent);
        driver.delete(parent.id());

        assertThat(driver.offer(child)).isEqualTo(new Answer.Known(child.id()));

        assertState(JobState.READY, child);
    }

    @Test
    void a_job_that_is_known_gets_no_parents() {
        JobDraft plain = Jobs.work();
        JobDraft parent = Jobs.work();
        enqueue(plain, parent);

        assertThat(driver.offer(plain.after(parent))).isEqualTo(new Answer.Known(plain.id()));

        assertState(JobState.READY, plain);
        assertThat(driver.parents(plain.id())).isEmpty();
    }

    @Test
    void a_duplicate_waits_for_nobody() {
        JobDraft holder = Jobs.work().unique("k");
        JobDraft parent = Jobs.work();
        enqueue(holder, parent);
        JobDraft duplicate = Jobs.work().unique("k").after(parent);

        assertThat(driver.offer(duplicate)).isEqualTo(new Answer.Duplicate(holder.id()));
        succeed(parent);

        assertThat(driver.exists(duplicate.id())).isFalse();
        assertThat(driver.parents(duplicate.id())).isEmpty();
        assertState(JobState.READY, holder);
    }

    @Test
    void a_child_enqueued_while_its_parent_ends_is_not_forgotten() {
        List<JobDraft> parents = works(30);
        driver.enqueue(parents);
        List<JobDraft> children =
                parents.stream().map(parent -> Jobs.work().after(parent)).toList();
        List<Runnable> both = List.of(
                () -> parents.forEach(parent -> session.succeed(session.take(parent.id()))),
                () -> children.forEach(driver::enqueue));

        Together.each(both, task -> {
            task.run();
            return true;
        });
        driver.settleDown();

        assertState(JobState.READY, children.toArray(JobDraft[]::new));
    }

    @Test
    void parents_of_many_children_are_told_apart() {
        JobDraft parent = Jobs.work();
        JobDraft other = Jobs.work();
        JobDraft first = Jobs.work().after(parent, other);
        JobDraft second = Jobs.work().after(other);
        enqueue(parent, other, first, second);

        List<UUID> asked = List.of(first.id(), second.id(), parent.id(), Jobs.newId());

        assertThat(store.parents(asked).stream().filter(one -> one.child().equals(first.id())))
                .extracting(one -> one.parent().job())
                .containsExactly(parent.id(), other.id());
        assertThat(store.parents(asked).stream().filter(one -> one.child().equals(second.id())))
                .extracting(one -> one.parent().job())
                .containsExactly(other.id());
        assertThat(store.parents(asked)).hasSize(3);
    }
}
