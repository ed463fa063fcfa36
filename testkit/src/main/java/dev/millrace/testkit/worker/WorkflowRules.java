package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.AwaitTimeoutException;
import dev.millrace.CancelReason;
import dev.millrace.EndCounts;
import dev.millrace.EndedWorkflow;
import dev.millrace.JobCancelledException;
import dev.millrace.JobFailedException;
import dev.millrace.JobHandle;
import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.ResultExpiredException;
import dev.millrace.RetryPolicy;
import dev.millrace.Worker;
import dev.millrace.Workflow;
import dev.millrace.WorkflowHandle;
import dev.millrace.WorkflowJob;
import dev.millrace.WorkflowState;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Faults.Call;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Jobs that wait for other jobs: stored as a whole, run in order, and known as one. */
abstract class WorkflowRules extends WorkerPart {
    private static final JobType<String, String> JOIN = JobType.of("join", String.class, String.class);

    private final Queue<String> ran = new ConcurrentLinkedQueue<>();

    /** Runs all three kinds here and now; numbers below zero fail for good. */
    private Worker builder() {
        return build(worker().handle(WORK, (number, job) -> {
                    ran.add("work " + number);
                    if (number < 0) {
                        throw new IllegalStateException(number + " is negative");
                    }
                    return number * 10;
                })
                .handle(ECHO, (text, job) -> {
                    ran.add(text);
                    return text;
                })
                .handle(JOIN, (text, job) -> {
                    ran.add(text);
                    return text + job.parentResults(WORK);
                }));
    }

    private EndedWorkflow end(WorkflowHandle handle) throws InterruptedException {
        return handle.await(PATIENCE);
    }

    private WorkflowJob<Integer> failing(Workflow workflow) {
        return workflow.add(WORK.with(-1).retry(RetryPolicy.none()));
    }

    @Test
    void a_job_runs_after_all_that_it_waits_for_and_reads_their_results() throws Exception {
        Worker worker = builder();
        Workflow sums = Workflow.named("sums");
        var parts = IntStream.rangeClosed(1, 4)
                .mapToObj(i -> sums.add(WORK.with(i)))
                .toList();
        var sum = sums.add(JOIN.with("sum")).after(parts);
        var alert = sums.add(ECHO.with("alert")).afterFailure(sum);
        WorkflowHandle handle = millrace.submit(sums);
        JobInfo waiting = handle.job("join-1").orElseThrow();

        assertThat(waiting.state()).isEqualTo(JobState.BLOCKED);
        assertThat(waiting.gate()).contains(Gate.PARENTS);
        assertThat(waiting.toString()).contains("waits for its parents");
        assertThat(millrace.parents(waiting.id()).counts()).isEqualTo(new EndCounts(4, 0, 0, 0, 0));
        assertThat(handle.state()).isEqualTo(WorkflowState.RUNNING);
        assertThat(handle.progress().unfinished()).isEqualTo(6);
        assertThat(worker.drain()).isEqualTo(5);

        EndedWorkflow ended = end(handle);
        assertThat(ended.state()).isEqualTo(WorkflowState.SUCCEEDED);
        assertThat(ended.counts()).isEqualTo(new EndCounts(6, 5, 0, 0, 1));
        assertThat(ended.result(sum)).isEqualTo("sum[10, 20, 30, 40]");
        assertThat(ended.result("work-2", WORK)).isEqualTo(20);
        assertThat(List.copyOf(ran).get(4)).isEqualTo("sum");
        assertThat(catchThrowableOfType(JobCancelledException.class, () -> ended.result(alert))
                        .reason())
                .isEqualTo(CancelReason.NOT_NEEDED);
        assertThatThrownBy(() -> ended.result("nobody", WORK)).isInstanceOf(ResultExpiredException.class);
        assertThat(handle.endedAt()).isPresent();
    }

    @Test
    void a_started_worker_goes_through_a_diamond() throws Exception {
        Workflow diamond = Workflow.named("diamond");
        var top = diamond.add(WORK.with(1)).named("top");
        var left = diamond.add(WORK.with(2)).named("left").after(top);
        var right = diamond.add(WORK.with(3)).named("right").after("top");
        var bottom = diamond.add(JOIN.with("bottom")).after(left, right);
        start(worker().handle(WORK, (number, job) -> number)
                .handle(JOIN, (text, job) -> text + job.parentResult("right", WORK) + job.parentResults(WORK)));

        assertThat(end(millrace.submit(diamond)).result(bottom)).isEqualTo("bottom3[2, 3]");
    }

    @Test
    void what_waits_for_a_failed_job_is_given_up_and_what_waits_for_the_failure_runs() throws Exception {
        Worker worker = builder();
        Workflow workflow = Workflow.named("broken");
        var failing = failing(workflow);
        var next = workflow.add(ECHO.with("next")).named("next").after(failing);
        var last = workflow.add(ECHO.with("last")).named("last").after(next);
        var alert = workflow.add(ECHO.with("alert")).named("alert").afterFailure(failing, next);
        var clean = workflow.add(ECHO.with("clean")).named("clean").afterEither(last, alert);
        WorkflowHandle handle = millrace.submit(workflow);

        worker.drain();

        EndedWorkflow ended = end(handle);
        assertThat(ran).containsExactly("work -1", "alert", "clean");
        assertThat(ended.state()).isEqualTo(WorkflowState.FAILED);
        assertThat(ended.counts()).isEqualTo(new EndCounts(5, 2, 3, 0, 0));
        assertThatThrownBy(() -> ended.result(failing)).isInstanceOf(JobFailedException.class);
        assertThat(catchThrowableOfType(JobCancelledException.class, () -> ended.result(last))
                        .reason())
                .isEqualTo(CancelReason.PARENT_FAILED);
        assertThat(ended.result(clean)).isEqualTo("clean");
    }

    @Test
    void a_workflow_that_is_submitted_again_is_stored_once() throws Exception {
        Worker worker = builder();
        Workflow workflow = Workflow.named("again").id(UUID.randomUUID());
        workflow.add(WORK.with(1));
        workflow.add(WORK.with(2)).after("work-1");
        faults().loseReply(Call.ENQUEUE, 1);

        assertThatThrownBy(() -> millrace.submit(workflow)).isInstanceOf(StoreUnavailableException.class);
        WorkflowHandle handle = millrace.submit(workflow);
        worker.drain();
        WorkflowHandle once = millrace.submit(workflow);

        assertThat(once.id()).isEqualTo(handle.id()).isEqualTo(workflow.id().orElseThrow());
        assertThat(end(once).counts()).isEqualTo(new EndCounts(2, 2, 0, 0, 0));
        assertThat(worker.drain()).isZero();
        assertThat(ran).containsExactly("work 1", "work 2");
        assertThatThrownBy(() -> workflow.add(WORK.with(3)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was submitted");
    }

    @Test
    void what_cannot_run_is_refused_before_anything_is_stored() {
        Workflow cyclic = Workflow.named("cyclic");
        cyclic.add(WORK.with(1)).named("a").after("c");
        cyclic.add(WORK.with(2)).named("b").after("a");
        cyclic.add(WORK.with(3)).named("c").after("b");

        assertThatThrownBy(() -> millrace.submit(cyclic))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a waits for c waits for b waits for a");
        assertThatThrownBy(() -> millrace.submit(Workflow.named("empty"))).hasMessageContaining("no jobs");
        assertThat(millrace.jobs().count()).isZero();
    }

    @Test
    void a_wait_that_is_over_says_how_far_the_workflow_is_and_it_goes_on() throws Exception {
        Workflow workflow = Workflow.named("slow");
        workflow.add(WORK.with(1));
        WorkflowHandle handle = millrace.submit(workflow);

        assertThatThrownBy(() -> handle.await(Duration.ofMillis(20)))
                .isInstanceOf(AwaitTimeoutException.class)
                .hasMessageContaining("workflow \"slow\"")
                .hasMessageContaining("0 of 1 ended");

        builder().drain();
        assertThat(end(handle).state()).isEqualTo(WorkflowState.SUCCEEDED);
    }

    @Test
    void a_delay_counts_from_when_the_jobs_before_are_done() throws Exception {
        Workflow workflow = Workflow.named("later");
        var first = workflow.add(WORK.with(1));
        var second = workflow.add(WORK.with(2).in(Duration.ofHours(1))).after(first);
        WorkflowHandle handle = millrace.submit(workflow);

        builder().drain();

        JobInfo waiting = handle.job(second.name()).orElseThrow();
        assertThat(waiting.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(waiting.dueAt())
                .isAfterOrEqualTo(handle.job(first.name())
                        .orElseThrow()
                        .startedAt()
                        .orElseThrow()
                        .plus(Duration.ofHours(1)));
        assertThat(handle.cancel()).isEqualTo(1);
        assertThat(end(handle).state()).isEqualTo(WorkflowState.CANCELLED);
    }

    @Test
    void workflows_are_found_and_their_jobs_know_them() throws Exception {
        Workflow first = Workflow.named("first");
        first.add(WORK.with(1)).named("one");
        first.add(WORK.with(2)).named("two");
        WorkflowHandle handle = millrace.submit(first);
        Workflow second = Workflow.named("second");
        second.add(ECHO.with("x"));
        millrace.submit(second);

        assertThat(millrace.workflows().map(WorkflowHandle::name)).containsExactly("second", "first");
        assertThat(millrace.workflow(handle.id()).orElseThrow().name()).isEqualTo("first");
        assertThat(millrace.workflow(UUID.randomUUID())).isEmpty();
        assertThat(handle.jobs().map(job -> job.workflow().orElseThrow().name()))
                .containsExactly("one", "two");
        JobInfo one = handle.job("one").orElseThrow();
        assertThat(one.workflow().orElseThrow().workflow()).isEqualTo(handle.id());
        assertThat(millrace.workflow(one.id())).isEmpty();
        JobHandle<Integer> two = handle.handle("two", WORK);
        builder().drain();
        assertThat(two.await(PATIENCE)).isEqualTo(20);
    }

    @Test
    void a_batch_tells_of_its_end_and_of_its_first_failure() throws Exception {
        Queue<String> told = new ConcurrentLinkedQueue<>();
        Worker worker = build(worker().handle(WORK, (number, job) -> {
                    if (number == 2) {
                        throw new IllegalStateException("two");
                    }
                    return number;
                })
                .handle(ECHO, (text, job) -> {
                    told.add(text + " " + job.parents().counts());
                    return text;
                }));
        WorkflowHandle handle = millrace.submit(Workflow.batch(
                        "mails",
                        IntStream.range(0, 4)
                                .mapToObj(i -> WORK.with(i).retry(RetryPolicy.none()))
                                .toList())
                .onSuccess(ECHO.with("success"))
                .onFailure(ECHO.with("failure").priority(1))
                .onDone(ECHO.with("done")));

        worker.drain();

        assertThat(end(handle).state()).isEqualTo(WorkflowState.FAILED);
        assertThat(told).containsExactly("failure 3 of 4 ended, 1 failed", "done 4 of 4 ended, 1 failed");
        assertThat(handle.job("on-success").orElseThrow().cancelReason()).contains(CancelReason.PARENT_FAILED);
    }

    @Test
    void a_batch_without_a_failure_needs_nobody_who_waits_for_one() throws Exception {
        Worker worker = builder();
        WorkflowHandle handle = millrace.submit(Workflow.batch("fine", List.of(WORK.with(1), WORK.with(2)))
                .onSuccess(ECHO.with("success"))
                .onFailure(ECHO.with("failure"))
                .onDone(ECHO.with("done")));

        worker.drain();

        assertThat(end(handle).state()).isEqualTo(WorkflowState.SUCCEEDED);
        assertThat(ran).containsExactlyInAnyOrder("work 1", "work 2", "success", "done");
        assertThat(handle.job("on-failure").orElseThrow().cancelReason()).contains(CancelReason.NOT_NEEDED);
    }

    @Test
    void many_jobs_before_one_and_many_after_it_all_run() throws Exception {
        int width = Boolean.getBoolean("millrace.long") ? 10_000 : Math.min(1_000, contract.many());
        Workflow wide = Workflow.named("wide");
        var before =
                IntStream.range(0, width).mapToObj(i -> wide.add(WORK.with(i))).toList();
        var middle = wide.add(ECHO.with("middle")).after(before);
        IntStream.range(0, width).forEach(i -> wide.add(WORK.with(i)).after(middle));
        start(worker().handle(WORK, (number, job) -> number)
                .handle(
                        ECHO,
                        (text, job) -> text
                                + job.parentResults(WORK).stream()
                                        .mapToInt(Integer::intValue)
                                        .sum()));

        EndedWorkflow ended = millrace.submit(wide).await(PATIENCE.multipliedBy(10));

        assertThat(ended.counts()).isEqualTo(new EndCounts(2 * width + 1, 2 * width + 1, 0, 0, 0));
        assertThat(ended.result(middle)).isEqualTo("middle" + width * (width - 1) / 2);
    }
}
