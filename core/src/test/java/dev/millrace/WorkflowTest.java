package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.internal.workflow.MemberIds;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Wish;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is said of a workflow, before any store hears of it. */
class WorkflowTest {
    private static final UUID ID = UUID.fromString("01a21649-f15b-7186-9fdc-e395794b4d3e");
    private static final JobType<Integer, Integer> WORK = JobType.of("work", Integer.class, Integer.class);

    private final Workflow workflow = Workflow.named("w");

    private static List<NewJob> plan(Workflow workflow, Map<String, String> queues) {
        return new WorkflowPlan(workflow, ID)
                .jobs(request -> request.toNewJob(request.id().orElseThrow(), new byte[0], new byte[0]), queues);
    }

    private static void refused(Workflow workflow, String... texts) {
        assertThatThrownBy(() -> plan(workflow, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(texts);
    }

    @Test
    void jobs_are_called_after_their_kind_and_place_unless_they_are_given_a_name() {
        workflow.add(WORK.with(1));
        workflow.add(WORK.with(2)).named("second");
        workflow.add(WORK.with(3));
        workflow.add(JobType.of("other", Integer.class).with(4));

        assertThat(workflow.all())
                .extracting(WorkflowJob::name)
                .containsExactly("work-1", "second", "work-3", "other-1");
    }

    @Test
    void what_jobs_wait_for_adds_up_in_order_each_once() {
        var a = workflow.add(WORK.with(1).queue("fast")).named("a");
        var b = workflow.add(WORK.with(2)).named("b");
        workflow.add(WORK.with(3)).after(b).after(a, b).after("a").afterFailure("old");

        NewJob job = plan(workflow, Map.of("old", "slow")).get(2);

        assertThat(job.parents())
                .containsExactly(
                        new Parent(MemberIds.of(ID, "b"), "default", Wish.SUCCESS),
                        new Parent(MemberIds.of(ID, "a"), "fast", Wish.SUCCESS),
                        new Parent(MemberIds.of(ID, "old"), "slow", Wish.FAILURE));
        assertThat(job.spec().id()).isEqualTo(MemberIds.of(ID, "work-3"));
        assertThat(job.spec().keys().member()).isNotNull();
    }

    @Test
    void callbacks_wait_for_the_jobs_before_them_and_not_for_each_other() {
        Workflow batch = Workflow.batch("b", List.of(WORK.with(1), WORK.with(2)))
                .onDone(WORK.with(3))
                .onFailure(WORK.with(4))
                .onSuccess(WORK.with(5));

        List<NewJob> jobs = plan(batch, Map.of());

        assertThat(batch.all())
                .extracting(WorkflowJob::name)
                .containsExactly("work-1", "work-2", "on-done", "on-failure", "on-success");
        assertThat(jobs.subList(2, 5))
                .allSatisfy(job -> assertThat(job.parents())
                        .extracting(Parent::job)
                        .containsExactly(MemberIds.of(ID, "work-1"), MemberIds.of(ID, "work-2")));
        assertThat(jobs.subList(2, 5))
                .extracting(job -> job.parents().get(0).wish())
                .containsExactly(Wish.END, Wish.FAILURE, Wish.SUCCESS);
    }

    @Test
    void two_jobs_of_one_name_are_refused() {
        workflow.add(WORK.with(1)).named("x");
        workflow.add(WORK.with(2)).named("x");

        refused(workflow, "two jobs of workflow \"w\" are called \"x\"");
    }

    @Test
    void jobs_that_wait_for_each_other_are_refused_by_name() {
        var a = workflow.add(WORK.with(1)).named("a");
        var b = workflow.add(WORK.with(2)).named("b").after(a);
        a.afterEither(b);

        refused(workflow, "wait for each other", "a waits for b waits for a");
    }

    @Test
    void one_that_hopes_for_opposite_ends_of_another_is_refused() {
        var a = workflow.add(WORK.with(1)).named("a");
        workflow.add(WORK.with(2)).named("b").after(a).afterFailure(a);

        refused(workflow, "\"b\"", "\"a\"", "to succeed", "to fail", "afterEither");
    }

    @Test
    void a_name_that_nobody_has_is_refused_with_those_that_there_are() {
        workflow.add(WORK.with(1)).named("a");
        workflow.add(WORK.with(2)).named("b").after("c");

        refused(workflow, "waits for \"c\"", "There are: a, b");
    }

    @Test
    void a_job_of_another_workflow_cannot_be_waited_for() {
        var foreign = Workflow.named("other").add(WORK.with(1));
        var own = workflow.add(WORK.with(2));

        assertThatThrownBy(() -> own.after(foreign))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("workflow \"other\"", "workflow \"w\"");
    }

    @Test
    void ids_and_unique_keys_are_refused_with_the_reason() {
        assertThatThrownBy(() -> workflow.add(WORK.with(1).id(ID))).hasMessageContaining("given an id");
        assertThatThrownBy(() -> workflow.add(WORK.with(1).uniqueKey("k"))).hasMessageContaining("unique key");
        assertThat(workflow.all()).isEmpty();
    }

    @Test
    void a_payload_that_cannot_be_stored_names_its_job() {
        workflow.add(WORK.with(1)).named("heavy");

        assertThatThrownBy(() -> new WorkflowPlan(workflow, ID)
                        .jobs(
                                request -> {
                                    throw new IllegalArgumentException("too large");
                                },
                                Map.of()))
                .hasMessageContainingAll("\"heavy\" of workflow \"w\"", "too large");
    }

    @Test
    void it_can_be_checked_without_a_store() {
        assertThatThrownBy(workflow::check).hasMessageContaining("no jobs");
        workflow.add(WORK.with(1)).named("a").after("b");
        assertThatThrownBy(workflow::check).hasMessageContaining("\"b\"");
        workflow.add(WORK.with(2)).named("b");
        workflow.check();
        assertThat(workflow.id()).isEmpty();
    }

    @Test
    void once_it_was_submitted_it_is_as_it_is() {
        var job = workflow.add(WORK.with(1));
        workflow.seal(ID);

        assertThatThrownBy(() -> workflow.add(WORK.with(2))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> job.named("late")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> job.after("late")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> workflow.id(UUID.randomUUID())).isInstanceOf(IllegalStateException.class);
        assertThat(workflow.id()).contains(ID);
    }
}
