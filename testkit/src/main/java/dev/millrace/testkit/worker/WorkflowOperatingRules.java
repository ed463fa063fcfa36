package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.CancelReason;
import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.ResultExpiredException;
import dev.millrace.RetryPolicy;
import dev.millrace.Worker;
import dev.millrace.Workflow;
import dev.millrace.WorkflowHandle;
import dev.millrace.WorkflowState;
import dev.millrace.testkit.Faults.Call;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Workflows cancelled, mended, deleted in part, and run through deaths and lost replies. */
abstract class WorkflowOperatingRules extends WorkerPart {

    /** a → b → c → d, and e after the failure of b. */
    private WorkflowHandle chain() {
        Workflow workflow = Workflow.named("chain");
        workflow.add(WORK.with(1).retry(RetryPolicy.none())).named("a");
        workflow.add(WORK.with(2).retry(RetryPolicy.none())).named("b").after("a");
        workflow.add(WORK.with(3).retry(RetryPolicy.none())).named("c").after("b");
        workflow.add(WORK.with(4).retry(RetryPolicy.none())).named("d").after("c");
        workflow.add(ECHO.with("e")).named("e").afterFailure("b");
        return millrace.submit(workflow);
    }

    private static JobInfo job(WorkflowHandle handle, String name) {
        return handle.job(name).orElseThrow();
    }

    @Test
    void cancelling_cancels_each_unfinished_job_by_hand() throws Exception {
        WorkflowHandle handle = chain();
        Worker worker = build(worker().handle(WORK, (number, job) -> number));
        assertThat(worker.runOne()).isTrue();

        assertThat(handle.cancel()).isEqualTo(4);

        assertThat(handle.await(PATIENCE).state()).isEqualTo(WorkflowState.CANCELLED);
        assertThat(job(handle, "a").state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(List.of("b", "c", "d", "e"))
                .allSatisfy(name -> assertThat(job(handle, name).cancelReason()).contains(CancelReason.REQUESTED));
        assertThat(handle.cancel()).isZero();
    }

    @Test
    void a_cancelled_workflow_ends_once_what_runs_has_stopped() throws Exception {
        WorkflowHandle handle = chain();
        Gate gate = new Gate();
        start(worker().handle(WORK, (number, job) -> {
            gate.pass();
            return number;
        }));
        gate.awaitArrivals(1);

        assertThat(handle.cancel()).isEqualTo(5);

        assertThat(handle.await(PATIENCE).state()).isEqualTo(WorkflowState.CANCELLED);
        assertThat(job(handle, "a").state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void cancelling_one_job_gives_up_what_waits_for_it_and_the_workflow_counts_as_cancelled() throws Exception {
        WorkflowHandle handle = chain();
        millrace.jobs().ids(Set.of(job(handle, "b").id())).cancelAll();
        build(worker().handle(WORK, (number, job) -> number)).drain();

        assertThat(handle.await(PATIENCE).state()).isEqualTo(WorkflowState.CANCELLED);
        assertThat(job(handle, "c").cancelReason()).contains(CancelReason.PARENT_FAILED);
        assertThat(job(handle, "d").cancelReason()).contains(CancelReason.PARENT_FAILED);
        assertThat(job(handle, "e").cancelReason()).contains(CancelReason.NOT_NEEDED);
    }

    @Test
    void retrying_runs_what_failed_and_brings_back_what_was_given_up() throws Exception {
        AtomicBoolean broken = new AtomicBoolean(true);
        Queue<Integer> ran = new ConcurrentLinkedQueue<>();
        Worker worker = build(worker().handle(WORK, (number, job) -> {
                    ran.add(number);
                    if (number == 2 && broken.get()) {
                        throw new IllegalStateException("broken");
                    }
                    return number;
                })
                .handle(ECHO, (text, job) -> text));
        WorkflowHandle handle = chain();
        worker.drain();
        assertThat(handle.await(PATIENCE).state()).isEqualTo(WorkflowState.FAILED);
        broken.set(false);

        assertThat(handle.retry()).isEqualTo(1);

        assertThat(handle.state()).isEqualTo(WorkflowState.RUNNING);
        worker.drain();
        var ended = handle.await(PATIENCE);
        assertThat(ended.state()).isEqualTo(WorkflowState.SUCCEEDED);
        assertThat(ended.result("d", WORK)).isEqualTo(4);
        assertThat(ran).containsExactly(1, 2, 2, 3, 4);
        assertThat(handle.retry()).isZero();
    }

    @Test
    void a_cancelled_workflow_can_be_taken_up_again() throws Exception {
        Worker worker = build(worker().handle(WORK, (number, job) -> number).handle(ECHO, (text, job) -> text));
        WorkflowHandle handle = chain();
        worker.runOne();
        handle.cancel();
        handle.await(PATIENCE);

        assertThat(handle.retry()).isEqualTo(4);
        worker.drain();

        var ended = handle.await(PATIENCE);
        assertThat(ended.state()).isEqualTo(WorkflowState.SUCCEEDED);
        assertThat(ended.result("d", WORK)).isEqualTo(4);
        assertThat(job(handle, "e").cancelReason()).contains(CancelReason.NOT_NEEDED);
    }

    @Test
    void deleting_a_job_that_others_wait_for_gives_them_up() throws Exception {
        WorkflowHandle handle = chain();

        assertThat(millrace.jobs().ids(Set.of(job(handle, "a").id())).deleteAll())
                .isEqualTo(1);
        assertThat(build(worker().handle(ECHO, (text, job) -> text)).drain()).isEqualTo(1);

        var ended = handle.await(PATIENCE);
        assertThat(ended.state()).isEqualTo(WorkflowState.CANCELLED);
        assertThat(ended.result("e", ECHO)).isEqualTo("e");
        assertThat(job(handle, "d").cancelReason()).contains(CancelReason.PARENT_FAILED);
        assertThatThrownBy(() -> ended.result("a", WORK)).isInstanceOf(ResultExpiredException.class);
    }

    @Test
    void commands_for_jobs_leave_a_workflow_alone_until_it_has_ended() throws Exception {
        WorkflowHandle handle = chain();

        assertThat(millrace.jobs().ids(Set.of(handle.id())).deleteAll()).isZero();
        assertThat(millrace.jobs().ids(Set.of(handle.id())).cancelAll()).isZero();
        assertThat(millrace.jobs().kind("millrace.workflow").cancelAll()).isZero();
        assertThat(millrace.jobs().state(JobState.BLOCKED).deleteAll()).isPositive();
        assertThat(handle.state()).isEqualTo(WorkflowState.RUNNING);
    }

    @Test
    void a_workflow_that_has_ended_can_be_deleted_and_is_unknown_then() throws Exception {
        WorkflowHandle handle = chain();
        build(worker().handle(WORK, (number, job) -> number)).drain();
        until("it has ended", () -> handle.state().finished());

        assertThat(millrace.jobs().ids(Set.of(handle.id())).retryAll()).isZero();
        assertThat(millrace.jobs().ids(Set.of(handle.id())).deleteAll()).isEqualTo(1);

        assertThat(millrace.workflow(handle.id())).isEmpty();
        assertThatThrownBy(handle::state).isInstanceOf(ResultExpiredException.class);
        assertThatThrownBy(() -> handle.await(PATIENCE)).isInstanceOf(ResultExpiredException.class);
        assertThat(job(handle, "d").state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_worker_that_dies_with_a_job_holds_up_its_workflow_and_does_not_break_it() throws Exception {
        Gate gate = new Gate();
        start(worker().handle(WORK, (number, job) -> {
            if (job.token() == 1 && number == 1) {
                gate.pass();
            }
            return number;
        }));
        WorkflowHandle handle = chain();
        gate.awaitArrivals(1);

        store.sessions().forEach(session -> store.closeSession(session.id()));

        assertThat(handle.await(PATIENCE).state()).isEqualTo(WorkflowState.SUCCEEDED);
        assertThat(handle.await(PATIENCE).result("d", WORK)).isEqualTo(4);
    }

    @Test
    void lost_replies_and_failed_calls_hold_back_nobody() throws Exception {
        Workflow workflow = Workflow.named("rough");
        var wide =
                IntStream.range(0, 20).mapToObj(i -> workflow.add(WORK.with(i))).toList();
        var last = workflow.add(ECHO.with("last")).after(wide);
        WorkflowHandle handle = millrace.submit(workflow);
        faults().loseReply(Call.EXCHANGE, 2);
        faults().letPass(Call.EXCHANGE, 1);
        faults().loseReply(Call.EXCHANGE, 1);
        faults().failBefore(Call.SWEEP, 2);
        start(worker().concurrency(3)
                .handle(WORK, (number, job) -> number)
                .handle(ECHO, (text, job) -> text + job.parentResults(WORK).size()));

        assertThat(handle.await(PATIENCE).result(last)).isEqualTo("last20");
    }

    @Test
    void kind_and_queue_of_workflows_are_nobody_elses() {
        assertThatThrownBy(() -> JobType.of("millrace.workflow", String.class)).hasMessageContaining("nobody enqueues");
        assertThatThrownBy(() -> WORK.with(1).queue("millrace.workflows")).hasMessageContaining("nobody enqueues");
        assertThatThrownBy(() -> millrace.queue("millrace.workflows")).hasMessageContaining("pauses");
        assertThatThrownBy(() -> worker().queues("millrace.workflows")).hasMessageContaining("serves");
    }
}
