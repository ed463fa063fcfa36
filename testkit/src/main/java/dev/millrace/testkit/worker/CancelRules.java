package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.millrace.CancelReason;
import dev.millrace.JobCancelledException;
import dev.millrace.JobHandle;
import dev.millrace.JobInfo;
import dev.millrace.JobInterrupted;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A cancelled job ends as CANCELLED, whatever its handler does about it. */
abstract class CancelRules extends WorkerPart {
    private static final Duration PROMPTLY = Duration.ofSeconds(2);

    private static void assertCancelled(JobHandle<?> handle) {
        JobInfo info = awaitState(handle, JobState.CANCELLED);
        assertThat(info.cancelReason()).contains(CancelReason.REQUESTED);
        assertThatThrownBy(() -> handle.await(PATIENCE)).isInstanceOf(JobCancelledException.class);
    }

    @Test
    void a_waiting_job_is_cancelled_at_once_and_never_runs() {
        JobHandle<String> ready = millrace.enqueue(ECHO, "one");
        JobHandle<String> scheduled = millrace.enqueue(ECHO.with("two").in(Duration.ofHours(1)));

        assertThat(ready.cancel()).isTrue();
        assertThat(scheduled.cancel()).isTrue();

        assertCancelled(ready);
        assertCancelled(scheduled);
        assertThat(build(worker().handle(ECHO, (text, job) -> text)).drain()).isZero();
    }

    @Test
    void what_has_ended_or_never_was_cannot_be_cancelled() throws Exception {
        start(worker().handle(ECHO, (text, job) -> text));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        handle.await(PATIENCE);

        assertThat(handle.cancel()).isFalse();
        assertThat(millrace.handle(ECHO, UUID.randomUUID()).cancel()).isFalse();
        assertThat(handle.state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_running_handler_is_interrupted_promptly() throws Exception {
        Gate gate = new Gate();
        AtomicReference<Throwable> felt = new AtomicReference<>();
        start(slowToBeat().handle(ECHO, (text, job) -> {
            felt.set(catchThrowable(gate::pass));
            job.checkCancelled();
            return text;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        gate.awaitArrivals(1);

        long began = System.nanoTime();
        assertThat(handle.cancel()).isTrue();

        assertCancelled(handle);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(PROMPTLY);
        assertThat(felt.get()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void a_handler_is_told_why_it_should_stop() throws Exception {
        Gate gate = new Gate();
        AtomicReference<JobInterrupted.Reason> reason = new AtomicReference<>();
        start(worker().handle(ECHO, (text, job) -> {
            try {
                gate.pass();
                return text;
            } catch (InterruptedException e) {
                JobInterrupted stop = (JobInterrupted) catchThrowable(job::checkCancelled);
                reason.set(stop.reason());
                throw stop;
            }
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        gate.awaitArrivals(1);

        handle.cancel();

        assertCancelled(handle);
        assertThat(reason).hasValue(JobInterrupted.Reason.CANCELLED);
    }

    @Test
    void a_handler_that_returns_a_result_all_the_same_is_cancelled() {
        JobHandle<String> handle = cancelled((job, gate) -> {
            gate.passStubbornly();
            return "a result";
        });

        assertThat(handle.info().record().result()).isNull();
    }

    @Test
    void a_handler_that_fails_is_cancelled_and_not_retried() {
        JobHandle<String> handle = cancelled((job, gate) -> {
            gate.passStubbornly();
            throw new IllegalStateException("it broke");
        });

        assertThat(runs(handle)).hasSize(1);
    }

    @Test
    void a_handler_that_snoozes_is_cancelled() {
        cancelled((job, gate) -> {
            gate.passStubbornly();
            throw new dev.millrace.Snooze(Duration.ZERO);
        });
    }

    private interface Stubborn {
        String run(dev.millrace.JobContext job, Gate gate) throws Exception;
    }

    /** Cancels a job whose handler takes no notice until its gate is opened; it is RUNNING until then. */
    private JobHandle<String> cancelled(Stubborn code) {
        Gate gate = new Gate();
        start(worker().handle(ECHO, (text, job) -> code.run(job, gate)));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        gate.awaitArrivals(1);

        assertThat(handle.cancel()).isTrue();
        gate.awaitArrivals(1);
        assertThat(handle.state()).isEqualTo(JobState.RUNNING);
        gate.open();

        assertCancelled(handle);
        return handle;
    }

    @Test
    void an_interrupt_does_not_reach_the_job_that_is_next_on_the_thread() throws Exception {
        Gate gate = new Gate();
        start(worker().concurrency(1)
                .handle(ECHO, (text, job) -> {
                    gate.pass();
                    return text;
                })
                .handle(WORK, (number, job) -> Thread.currentThread().isInterrupted() ? -1 : number));
        JobHandle<String> first = millrace.enqueue(ECHO, "hello");
        JobHandle<Integer> next = millrace.enqueue(WORK, 7);
        gate.awaitArrivals(1);

        first.cancel();

        assertCancelled(first);
        assertThat(next.await(PATIENCE)).isEqualTo(7);
    }

    @Test
    void a_job_that_was_claimed_ahead_is_not_started_once_it_is_cancelled() throws Exception {
        Gate gate = new Gate();
        AtomicBoolean ran = new AtomicBoolean();
        Worker worker = start(slowToBeat()
                .concurrency(1)
                .handle(ECHO, (text, job) -> text)
                .handle(WORK, (number, job) -> {
                    if (number == 0) {
                        gate.pass();
                    } else {
                        ran.set(true);
                    }
                    return number;
                }));
        warmUp();
        List<JobHandle<Integer>> handles = enqueueWork(2);
        gate.awaitArrivals(1);
        awaitState(handles.get(1), JobState.RUNNING);

        long began = System.nanoTime();
        assertThat(handles.get(1).cancel()).isTrue();
        assertCancelled(handles.get(1));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(PROMPTLY);
        gate.open();

        assertThat(handles.get(0).await(PATIENCE)).isEqualTo(0);
        assertThat(worker.awaitIdle(PATIENCE)).isTrue();
        assertThat(ran).isFalse();
    }

    @Test
    void a_member_of_a_batch_that_is_cancelled_does_not_hurt_its_neighbours() {
        Gate gate = new Gate();
        Set<Integer> asked = Collections.newSetFromMap(new ConcurrentHashMap<>());
        AtomicBoolean interrupted = new AtomicBoolean();
        List<JobHandle<Integer>> handles = enqueueWork(3);
        start(worker().handleBatch(WORK, 3, batch -> {
            gate.pass();
            until(
                    "a member is asked to stop",
                    () -> batch.stream().anyMatch(job -> job.context().cancelled()));
            interrupted.set(Thread.currentThread().isInterrupted());
            batch.stream().filter(job -> job.context().cancelled()).forEach(job -> asked.add(job.payload()));
        }));
        gate.awaitArrivals(1);

        handles.get(1).cancel();
        gate.open();

        assertCancelled(handles.get(1));
        awaitState(handles.get(0), JobState.SUCCEEDED);
        awaitState(handles.get(2), JobState.SUCCEEDED);
        assertThat(asked).containsExactly(1);
        assertThat(interrupted).isFalse();
    }

    @Test
    void a_job_can_be_cancelled_from_elsewhere() throws Exception {
        Millrace elsewhere = another();
        Gate gate = new Gate();
        start(worker().handle(ECHO, (text, job) -> {
            gate.pass();
            return text;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        gate.awaitArrivals(1);

        assertThat(elsewhere.handle(ECHO, handle.id()).cancel()).isTrue();

        assertCancelled(handle);
    }

    @Test
    void a_cancelled_job_can_be_run_again_by_hand() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        handle.cancel();

        assertThat(millrace.jobs().ids(Set.of(handle.id())).retryAll()).isEqualTo(1);
        start(worker().handle(ECHO, (text, job) -> text));

        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
    }
}
