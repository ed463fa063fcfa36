package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Keys.Unique;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.Store;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs that wait for jobs in other partitions: what is left when a caller dies midway, and what comes late or twice. */
class DistantFamilyTest {
    private static final Duration LEASE = Duration.ofSeconds(31);
    private static final int CANCELLED = 2;

    private ThreeParts parts;
    private StoreDriver driver;

    @BeforeEach
    void open() {
        parts = new ThreeParts();
        driver = parts.driver;
    }

    @AfterEach
    void check() {
        try {
            assertThat(parts.store.verify()).isEmpty();
        } finally {
            parts.close();
        }
    }

    private JobDraft here() {
        return Jobs.work().queue(parts.one);
    }

    private JobDraft there() {
        return Jobs.work().queue(parts.other);
    }

    @Test
    void a_letter_that_cannot_be_worked_off_keeps_sweeps_going() {
        byte[] letters = parts.of(parts.one).key("letters");
        parts.server.await(parts.server.send(commands -> commands.hset(letters, Pack.utf8("?"), Pack.utf8("unknown"))));

        assertThat(parts.driver.sweep().more()).isTrue();

        parts.server.await(parts.server.send(commands -> commands.del(letters)));
        assertThat(parts.driver.sweep().more()).isFalse();
    }

    @Test
    void a_parent_that_is_kept_as_one_that_does_not_know_of_its_child_is_found_by_verify() {
        JobDraft parent = there();
        JobDraft child = here().after(parent);
        driver.enqueue(List.of(parent, child));
        byte[] strangers = parts.of(parts.one).key('m', child.id());
        byte[] entry =
                new Pack(18).id(parent.id()).u16(parts.of(parts.other).number()).bytes();
        parts.server.await(parts.server.send(commands -> commands.sadd(strangers, entry)));

        assertThat(parts.store.verify())
                .singleElement()
                .asString()
                .contains("do not know of job " + child.id(), parent.id().toString(), "instead of []");

        parts.server.await(parts.server.send(commands -> commands.srem(strangers, entry)));
    }

    @Test
    void an_end_that_nobody_told_of_is_told_by_a_sweep() {
        JobDraft parent = there();
        JobDraft child = here().after(parent);
        driver.enqueue(List.of(parent, child));

        parts.cancelAndDie(parent);
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
        driver.sweep();

        assertThat(driver.job(child.id()).cancelReason()).isEqualTo(CancelReason.PARENT_FAILED);
    }

    @Test
    void a_child_of_a_call_that_died_is_made_known_to_its_parent_by_a_sweep() {
        JobDraft parent = there();
        JobDraft child = here().after(Wish.END, parent);
        driver.enqueue(parent);

        parts.storeAndDie(child);
        driver.sweep();
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
        driver.cancel(parent.id());

        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_child_of_a_call_that_died_hears_of_an_end_before_it_was_known() {
        JobDraft parent = there();
        JobDraft child = here().after(Wish.END, parent);
        driver.enqueue(parent);

        parts.storeAndDie(child);
        driver.cancel(parent.id());
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
        driver.sweep();

        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_child_whose_parent_never_came_never_starts_and_does_not_wait_for_ever() {
        JobDraft child = here().after(there());

        parts.storeAndDie(child);
        driver.sweep();
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
        assertThat(parts.letters(parts.one))
                .as("what each exchange would try to deliver")
                .isZero();
        parts.clock.advance(LEASE);
        driver.sweep();

        assertThat(driver.job(child.id()).cancelReason()).isEqualTo(CancelReason.PARENT_FAILED);
    }

    @Test
    void a_call_that_is_repeated_after_it_died_is_finished() {
        JobDraft parent = there();
        JobDraft child = here().after(Wish.END, parent);

        parts.storeAndDie(child);
        assertThat(driver.offer(List.of(parent, child)))
                .containsExactly(new Answer.Stored(parent.id()), new Answer.Known(child.id()));
        driver.sweep();
        driver.cancel(parent.id());

        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_workflow_forgets_members_that_never_came() {
        JobDraft head = Jobs.head();
        JobDraft first = here().member(head, "first");
        driver.enqueue(List.of(head, first));
        JobDraft never = there().member(head, "never");

        parts.join(head, never);
        driver.cancel(first.id());
        assertThat(driver.state(head.id())).isEqualTo(JobState.BLOCKED);
        parts.clock.advance(LEASE);
        driver.sweep();

        assertThat(driver.state(head.id())).isEqualTo(JobState.SUCCEEDED);
        assertThat(driver.parents(head.id()))
                .extracting(dependency -> dependency.parent().job())
                .containsExactly(first.id());
    }

    @Test
    void a_member_is_kept_for_its_workflow_only_while_that_knows_of_it() {
        JobDraft head = Jobs.head();
        JobDraft member = here().member(head, "member");
        driver.enqueue(List.of(head, there().member(head, "other")));
        parts.storeAndDie(member);

        for (int end = 0; end < 2; end++) {
            driver.cancel(member.id());
            assertThat(driver.job(member.id()).times().keepUntil()).isNotNull();
            driver.runAgain(member.id());
        }
        parts.join(head, member);
        driver.sweep();
        driver.cancel(member.id());

        assertThat(driver.job(member.id()).times().keepUntil()).isNull();
    }

    @Test
    void what_is_told_again_or_late_changes_nothing() {
        JobDraft first = there();
        JobDraft second = there();
        JobDraft child = here().after(Wish.END, first, second);
        driver.enqueue(List.of(first, second, child));
        driver.cancel(first.id());
        long number = parts.heard(child, first);

        parts.tell(child, first, number, CANCELLED);
        parts.tell(child, first, number, CANCELLED);
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
        driver.runAgain(first.id());
        parts.tell(child, first, number, CANCELLED);

        assertThat(driver.parents(child.id())).extracting(Dependency::verdict).containsExactly(null, null);
        driver.cancel(second.id(), first.id());
        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
    }

    @Test
    void ends_and_revivals_that_were_not_told_come_to_the_last_of_them() {
        JobDraft parent = there();
        JobDraft child = here().after(parent);
        JobDraft grandchild = there().after(child);
        driver.enqueue(List.of(parent, child, grandchild));

        parts.cancelAndDie(parent);
        driver.runAgain(parent.id());

        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
        driver.cancel(parent.id());
        assertThat(driver.state(grandchild.id())).isEqualTo(JobState.CANCELLED);
        driver.runAgain(parent.id());
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
        assertThat(driver.state(grandchild.id())).isEqualTo(JobState.BLOCKED);
    }

    @Test
    void a_missing_parent_elsewhere_refuses_the_whole_call() {
        JobDraft parent = there();
        JobDraft child = here().after(parent);
        JobDraft bystander = there();

        assertThatThrownBy(() -> driver.offer(List.of(bystander, child)))
                .isInstanceOf(MissingParentException.class)
                .hasMessageContaining(parent.id().toString());

        assertThat(driver.find(Filter.ALL)).isEmpty();
    }

    @Test
    void more_children_elsewhere_than_fit_into_a_batch_are_all_told() {
        JobDraft parent = there();
        driver.enqueue(parent);
        List<JobDraft> children = IntStream.range(0, 700)
                .mapToObj(any -> here().after(Wish.END, parent))
                .toList();
        driver.enqueue(children);

        driver.cancel(parent.id());
        driver.settleDown();

        assertThat(parts.store.counts())
                .anySatisfy(count -> assertThat(List.of(count.state(), count.count()))
                        .isEqualTo(List.<Object>of(JobState.READY, 700L)));
    }

    @Test
    void deleted_jobs_leave_nothing_behind_with_their_parents_and_children() {
        JobDraft head = Jobs.head();
        JobDraft parent = there().member(head, "parent");
        JobDraft child = here().member(head, "child").after(parent);
        driver.enqueue(List.of(head, parent, child));

        driver.cancel(child.id(), parent.id());
        driver.delete(head.id());
        assertThat(driver.job(parent.id()).times().keepUntil()).isNotNull();
        driver.delete(child.id());
        driver.delete(parent.id());
        driver.sweep();

        for (Partition partition : parts.partitions.all()) {
            String ofJobs = partition.base() + "[fpcyi]:*";
            List<byte[]> left = parts.server.await(parts.server.send(commands -> commands.keys(ofJobs)));
            assertThat(left).isEmpty();
        }
    }

    @Test
    void a_key_that_a_running_job_lost_to_a_call_that_died_is_free() {
        Unique replace = new Unique("key", Conflict.REPLACE, Scope.UNFINISHED, Duration.ZERO);
        JobDraft holder = there().unique(replace);
        driver.enqueue(holder);
        driver.session().take(holder.id());

        assertThat(parts.contestAndDie(here().unique(replace), holder)).isEqualTo(Pack.utf8("P"));
        driver.sweep();

        assertThat(driver.job(holder.id()).spec().keys().unique()).isNull();
        driver.enqueue(here().unique("key"));
    }

    @Test
    void children_stored_while_their_parents_end_are_all_let_go() {
        List<JobDraft> parents = IntStream.range(0, 60).mapToObj(any -> there()).toList();
        driver.enqueue(parents);
        List<JobDraft> children =
                parents.stream().map(parent -> here().after(Wish.END, parent)).toList();

        try (Store another = parts.open()) {
            CompletableFuture<Void> ending = CompletableFuture.runAsync(() -> {
                StoreDriver ender = new StoreDriver(another, parts.clock);
                parents.forEach(parent -> ender.cancel(parent.id()));
            });
            children.forEach(child -> driver.enqueue(child));
            ending.join();
        }
        driver.settleDown();

        List<JobState> states = new ArrayList<>();
        children.forEach(child -> states.add(driver.state(child.id())));
        assertThat(states).containsOnly(JobState.READY);
        assertThat(driver.parents(children.get(0).id()))
                .extracting(Dependency::verdict)
                .containsExactly(Verdict.CANCELLED);
    }
}
