package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.millrace.Handler;
import dev.millrace.JobContext;
import dev.millrace.JobFailedException;
import dev.millrace.JobInterrupted;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.ParentJob;
import dev.millrace.RetryPolicy;
import dev.millrace.Worker;
import dev.millrace.Workflow;
import dev.millrace.WorkflowContext;
import dev.millrace.WorkflowHandle;
import dev.millrace.WorkflowState;
import dev.millrace.spi.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a handler sees of the jobs around its own, and what it may add to its workflow. */
abstract class WorkflowHandlerRules extends WorkerPart {
    private static final JobType<String, String> SPLIT = JobType.of("split", String.class, String.class);
    private static final JobType<String, String> LOOK = JobType.of("look", String.class, String.class);

    private Worker worker(Handler<String, String> split) {
        return build(worker().handle(SPLIT, split)
                .handle(WORK, (number, job) -> number < 0 ? fail(number) : number)
                .handle(ECHO, (text, job) -> text + job.parentResults(WORK)));
    }

    private static int fail(int number) {
        throw new IllegalStateException(number + " is negative");
    }

    private static WorkflowHandle noted(AtomicReference<@Nullable WorkflowHandle> note) {
        return Objects.requireNonNull(note.get());
    }

    @Test
    void a_handler_sees_its_parents_in_order_with_their_ends() throws Exception {
        List<ParentJob> seen = new ArrayList<>();
        Worker worker = build(worker().handle(WORK, (number, job) -> number < 0 ? fail(number) : number)
                .handle(LOOK, (text, job) -> {
                    job.parents().forEach(seen::add);
                    return job.parents().size() + " " + job.parentResults(WORK) + job.parentResults(ECHO);
                }));
        Workflow workflow = Workflow.named("seen");
        var good = workflow.add(WORK.with(1)).named("good");
        var bad = workflow.add(WORK.with(-1).retry(RetryPolicy.none())).named("bad");
        var look = workflow.add(LOOK.with("x")).afterEither(bad, good);

        WorkflowHandle handle = millrace.submit(workflow);
        worker.drain();

        assertThat(handle.await(PATIENCE).result(look)).isEqualTo("2 [1][]");
        assertThat(seen).extracting(ParentJob::name).containsExactly("bad", "good");
        assertThat(seen).extracting(ParentJob::kind).containsOnly("work");
        assertThat(seen)
                .extracting(parent -> parent.verdict().orElseThrow())
                .containsExactly(Verdict.FAILED, Verdict.SUCCEEDED);
        assertThat(seen)
                .extracting(parent -> parent.state().orElseThrow())
                .containsExactly(JobState.FAILED, JobState.SUCCEEDED);
    }

    @Test
    void a_job_of_no_workflow_has_neither_parents_nor_workflow() throws Exception {
        Worker worker = worker(
                (text, job) -> job.parents().size() + " " + job.workflow().isPresent() + job.parentResults(WORK));
        var handle = millrace.enqueue(SPLIT, "x");

        worker.drain();

        assertThat(handle.await(PATIENCE)).isEqualTo("0 false[]");
    }

    @Test
    void asking_for_a_parent_that_failed_or_is_none_says_so() throws Exception {
        Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
        Worker worker = build(worker().handle(WORK, (number, job) -> number < 0 ? fail(number) : number)
                .handle(LOOK, (text, job) -> {
                    thrown.add(catchThrowable(() -> job.parentResult("bad", WORK)));
                    thrown.add(catchThrowable(() -> job.parentResult("who", WORK)));
                    return text;
                }));
        Workflow workflow = Workflow.named("asked");
        workflow.add(WORK.with(-1).retry(RetryPolicy.none())).named("bad");
        workflow.add(LOOK.with("x")).afterFailure("bad");
        WorkflowHandle handle = millrace.submit(workflow);
        worker.drain();

        assertThat(handle.await(PATIENCE).state()).isEqualTo(WorkflowState.FAILED);
        List<Throwable> both = List.copyOf(thrown);
        assertThat(both.get(0)).isInstanceOf(JobFailedException.class).hasMessageContaining("-1 is negative");
        assertThat(both.get(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("did not wait for a job called \"who\", but for bad");
    }

    @Test
    void a_handler_adds_jobs_to_its_workflow_which_wait_for_it_and_for_each_other() throws Exception {
        Worker worker = worker((text, job) -> {
            WorkflowContext workflow = job.workflow().orElseThrow();
            int added = workflow.add(more -> {
                var parts = IntStream.range(0, 3)
                        .mapToObj(i -> more.add(WORK.with(i)))
                        .toList();
                more.add(ECHO.with("all")).named("all").after(parts).after(workflow.member());
                more.add(WORK.with(9)).named("nine").after("before");
            });
            return workflow.name() + " " + workflow.member() + " " + added;
        });
        Workflow grows = Workflow.named("grows");
        grows.add(WORK.with(7)).named("before");
        var split = grows.add(SPLIT.with("x")).after("before");
        WorkflowHandle handle = millrace.submit(grows);

        worker.drain();

        var ended = handle.await(PATIENCE);
        assertThat(ended.result(split)).isEqualTo("grows split-1 5");
        assertThat(ended.result("all", ECHO)).isEqualTo("all[0, 1, 2]");
        assertThat(ended.result("nine", WORK)).isEqualTo(9);
        assertThat(ended.counts().total()).isEqualTo(7);
        assertThat(ended.state()).isEqualTo(WorkflowState.SUCCEEDED);
    }

    @Test
    void what_a_run_added_before_it_failed_is_added_once() throws Exception {
        List<Integer> added = new ArrayList<>();
        Worker worker = worker((text, job) -> {
            WorkflowContext workflow = job.workflow().orElseThrow();
            added.add(workflow.add(more -> more.add(WORK.with(1))));
            added.add(workflow.add(more -> more.add(WORK.with(2))));
            if (job.attempt() == 1) {
                throw new IllegalStateException("after adding");
            }
            return "done";
        });
        Workflow workflow = Workflow.named("twice");
        workflow.add(
                SPLIT.with("x").retry(RetryPolicy.fixed(Duration.ofMillis(1)).attempts(3)));
        WorkflowHandle handle = millrace.submit(workflow);
        start(hasty(millrace).handle(WORK, (number, job) -> number));

        until("it has run twice", () -> {
            worker.drain();
            return added.size() == 4;
        });

        assertThat(handle.await(PATIENCE).counts().total()).isEqualTo(3);
        assertThat(added).containsExactly(1, 1, 0, 0);
    }

    @Test
    void a_workflow_does_not_end_before_what_its_last_handler_added() throws Exception {
        AtomicReference<@Nullable WorkflowHandle> note = new AtomicReference<>();
        List<WorkflowState> states = new ArrayList<>();
        Worker worker = worker((text, job) -> {
            states.add(noted(note).state());
            job.workflow().orElseThrow().add(more -> more.add(ECHO.with("late")).named("late"));
            return text;
        });
        Workflow workflow = Workflow.named("last");
        workflow.add(SPLIT.with("x"));
        note.set(millrace.submit(workflow));

        assertThat(worker.runOne()).isTrue();

        assertThat(states).containsExactly(WorkflowState.RUNNING);
        assertThat(noted(note).state()).isEqualTo(WorkflowState.RUNNING);
        worker.drain();
        assertThat(noted(note).await(PATIENCE).result("late", ECHO)).isEqualTo("late[]");
    }

    @Test
    void from_outside_jobs_are_added_by_name_until_the_workflow_has_ended() throws Exception {
        Worker worker = worker((text, job) -> text);
        Workflow workflow = Workflow.named("open");
        workflow.add(WORK.with(1)).named("one");
        WorkflowHandle handle = millrace.submit(workflow);

        assertThat(handle.add(more -> more.add(ECHO.with("two")).named("two").after("one")))
                .isEqualTo(1);
        assertThat(handle.add(more -> more.add(ECHO.with("two")).named("two").after("one")))
                .isZero();
        assertThatThrownBy(() -> handle.add(more -> more.add(ECHO.with("x")))).hasMessageContaining("has no name");
        assertThatThrownBy(() ->
                        handle.add(more -> more.add(ECHO.with("x")).named("x").after("nobody")))
                .hasMessageContaining("waits for \"nobody\", and there is no job of that name");
        worker.drain();

        assertThat(handle.await(PATIENCE).result("two", ECHO)).isEqualTo("two[1]");
        assertThatThrownBy(() -> handle.add(more -> more.add(ECHO.with("x")).named("x")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has ended");
    }

    @Test
    void a_handler_cannot_wait_for_its_own_workflow() throws Exception {
        AtomicReference<@Nullable WorkflowHandle> note = new AtomicReference<>();
        start(worker().concurrency(4).handle(SPLIT, (text, job) -> {
            noted(note).await(PATIENCE);
            return text;
        }));
        Workflow workflow = Workflow.named("itself").id(UUID.randomUUID());
        var job = workflow.add(SPLIT.with("x").retry(RetryPolicy.none()).in(Duration.ofMillis(50)));
        note.set(millrace.submit(workflow));

        assertThatThrownBy(() -> noted(note).await(PATIENCE).result(job))
                .isInstanceOf(JobFailedException.class)
                .hasMessageContaining("would wait for itself forever");
    }

    @Test
    void a_run_that_lost_its_job_adds_nothing() throws Exception {
        Gate gate = new Gate();
        Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
        start(worker().handle(SPLIT, (text, job) -> {
            if (job.token() == 1) {
                gate.passStubbornly();
                thrown.add(catchThrowable(() -> add(job)));
            }
            return text;
        }));
        Workflow workflow = Workflow.named("lost");
        workflow.add(SPLIT.with("x"));
        WorkflowHandle handle = millrace.submit(workflow);
        gate.awaitArrivals(1);

        UUID session = store.sessions().get(0).id();
        store.closeSession(session);

        assertThat(handle.await(PATIENCE).counts().total()).isEqualTo(1);
        gate.open();
        until("the first run was refused", () -> !thrown.isEmpty());
        assertThat(thrown.peek()).isInstanceOf(JobInterrupted.class);
        assertThat(handle.progress().total()).isEqualTo(1);
    }

    private static int add(JobContext job) {
        return job.workflow().orElseThrow().add(more -> more.add(ECHO.with("late")));
    }
}
