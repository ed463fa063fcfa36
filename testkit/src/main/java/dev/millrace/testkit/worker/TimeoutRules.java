package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.millrace.CancelReason;
import dev.millrace.Failure;
import dev.millrace.Health;
import dev.millrace.JobHandle;
import dev.millrace.JobInterrupted;
import dev.millrace.JobRequest;
import dev.millrace.JobState;
import dev.millrace.RetryPolicy;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A handler that takes too long has failed; one that ignores the interrupt as well loses its thread, and nobody else does. */
abstract class TimeoutRules extends WorkerPart {
    private static final Duration SHORT = Duration.ofMillis(50);

    @Test
    void a_job_that_expires_between_claim_and_start_is_not_started() throws Exception {
        Gate gate = new Gate();
        List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
        start(slowToBeat().concurrency(1).handle(ECHO, (text, job) -> text).handle(WORK, (number, job) -> {
            ran.add(number);
            gate.pass();
            return number;
        }));
        warmUp();
        List<JobHandle<Integer>> handles =
                millrace.enqueueAll(List.of(WORK.with(0), WORK.with(1).expiresIn(Duration.ofMillis(400))));
        gate.awaitArrivals(1);
        awaitState(handles.get(1), JobState.RUNNING);
        Instant expiry = handles.get(1).info().expiresAt().orElseThrow();

        until(
                "it has expired, by a clock that is a little slow too",
                () -> store.now().isAfter(expiry.plusMillis(300)));
        gate.open();

        assertThat(awaitState(handles.get(1), JobState.CANCELLED).cancelReason())
                .contains(CancelReason.EXPIRED);
        assertThat(handles.get(0).await(PATIENCE)).isEqualTo(0);
        assertThat(ran).containsExactly(0);
    }

    private static JobRequest<String> shortly(String text) {
        return ECHO.with(text).timeout(SHORT).retry(RetryPolicy.none());
    }

    private static Failure assertTimedOut(JobHandle<?> handle) {
        Failure failure = awaitState(handle, JobState.FAILED).failure().orElseThrow();
        assertThat(failure.type()).isEqualTo(TimeoutException.class.getName());
        assertThat(failure.message()).contains("timed out after 50 ms");
        return failure;
    }

    @Test
    void a_handler_that_takes_too_long_is_interrupted_and_told_why() {
        Gate gate = new Gate();
        AtomicReference<JobInterrupted.Reason> reason = new AtomicReference<>();
        start(worker().handle(ECHO, (text, job) -> {
            try {
                gate.pass();
                return text;
            } catch (InterruptedException e) {
                reason.set(((JobInterrupted) catchThrowable(job::checkCancelled)).reason());
                throw e;
            }
        }));

        JobHandle<String> handle = millrace.enqueue(shortly("hello"));

        assertThat(assertTimedOut(handle).stack()).contains("InterruptedException");
        assertThat(reason).hasValue(JobInterrupted.Reason.TIMED_OUT);
    }

    @Test
    void a_timeout_is_a_failed_attempt_and_the_policy_decides() throws Exception {
        Gate gate = new Gate();
        start(worker().handle(ECHO, (text, job) -> {
            if (job.attempt() == 1) {
                gate.pass();
            }
            return text;
        }));
        JobHandle<String> handle =
                millrace.enqueue(ECHO.with("hello").timeout(SHORT).retry(RetryPolicy.fixed(Duration.ZERO)));

        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
        assertThat(runs(handle)).extracting(RunRecord::end).containsExactly(RunEnd.RETRIED, RunEnd.SUCCEEDED);
    }

    @Test
    void a_retry_rule_may_be_for_timeouts() throws Exception {
        Gate gate = new Gate();
        start(worker().handle(ECHO, (text, job) -> {
            gate.pass();
            return text;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello")
                .timeout(SHORT)
                .retry(RetryPolicy.fixed(Duration.ZERO).never(TimeoutException.class)));

        assertTimedOut(handle);
        assertThat(runs(handle)).hasSize(1);
    }

    @Test
    void a_handler_that_swallows_the_interrupt_and_returns_has_failed_too() {
        Gate gate = new Gate();
        start(worker().handle(ECHO, (text, job) -> {
            try {
                gate.pass();
            } catch (InterruptedException e) {
                return "half done";
            }
            return text;
        }));

        assertTimedOut(millrace.enqueue(shortly("hello")));
    }

    @Test
    void a_handler_that_is_in_time_has_succeeded_and_its_timeout_troubles_nobody_after_it() throws Exception {
        Gate gate = new Gate();
        start(worker().concurrency(1).handle(ECHO, (text, job) -> text).handle(WORK, (number, job) -> {
            gate.pass();
            return number;
        }));
        JobHandle<String> quick = millrace.enqueue(ECHO.with("hello").timeout(Duration.ofMillis(500)));
        assertThat(quick.await(PATIENCE)).isEqualTo("hello");
        JobHandle<Integer> next = millrace.enqueue(WORK, 7);
        gate.awaitArrivals(1);

        awaitBeats(15);
        gate.open();

        assertThat(next.await(PATIENCE)).isEqualTo(7);
    }

    @Test
    void the_type_says_the_timeout_of_jobs_that_do_not() {
        Gate gate = new Gate();
        start(worker().handle(ECHO.timeout(SHORT).retry(RetryPolicy.none()), (text, job) -> {
            gate.pass();
            return text;
        }));

        assertTimedOut(millrace.enqueue(ECHO, "hello"));
    }

    @Test
    void a_handler_that_ignores_the_interrupt_fails_after_the_grace_and_its_thread_is_replaced() throws Exception {
        Gate gate = new Gate();
        start(worker().concurrency(1).handle(WORK, (number, job) -> number).handle(ECHO, (text, job) -> {
            gate.passStubbornly();
            return text;
        }));
        JobHandle<String> stuck = millrace.enqueue(shortly("hello"));

        assertThat(assertTimedOut(stuck).message()).contains("ignored the interrupt");
        assertThat(millrace.enqueue(WORK, 7).await(PATIENCE)).isEqualTo(7);
        assertThat(millrace.health().reasons()).anyMatch(reason -> reason.contains("ignore interrupts"));

        gate.open();
        until("the worker is well again", () -> millrace.health().reasons().isEmpty());
        assertThat(stuck.state()).as("its late return changes nothing").isEqualTo(JobState.FAILED);
    }

    @Test
    void when_no_more_threads_can_be_replaced_the_worker_is_unhealthy_says_why_and_recovers() throws Exception {
        Gate gate = new Gate();
        start(worker().concurrency(1).handle(WORK, (number, job) -> number).handle(ECHO, (text, job) -> {
            gate.passStubbornly();
            return text;
        }));

        assertTimedOut(millrace.enqueue(shortly("one")));
        assertTimedOut(millrace.enqueue(shortly("two")));
        until("it is unhealthy", () -> millrace.health().status() == Health.Status.UNHEALTHY);
        assertThat(millrace.health().reasons().get(0)).contains("2 threads").contains("restart it");
        JobHandle<Integer> waiting = millrace.enqueue(WORK, 7);
        awaitBeats(3);
        assertThat(waiting.state()).isEqualTo(JobState.READY);

        gate.open();

        assertThat(waiting.await(PATIENCE)).isEqualTo(7);
        until("the worker is well again", () -> millrace.health().reasons().isEmpty());
    }

    @Test
    void jobs_claimed_ahead_are_handed_back_when_no_thread_is_left_to_run_them() throws Exception {
        Gate gate = new Gate();
        start(worker().concurrency(1).handle(WORK, (number, job) -> number).handle(ECHO, (text, job) -> {
            if (text.startsWith("stuck")) {
                gate.passStubbornly();
            }
            return text;
        }));
        warmUp();
        var handles = millrace.enqueueAll(java.util.stream.Stream.of("stuck 1", "stuck 2", "free")
                .map(TimeoutRules::shortly)
                .toList());

        assertTimedOut(handles.get(0));
        assertTimedOut(handles.get(1));
        awaitState(handles.get(2), JobState.READY);
        gate.open();

        assertThat(handles.get(2).await(PATIENCE)).isEqualTo("free");
    }
}
