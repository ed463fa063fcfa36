package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.CancelReason;
import dev.millrace.JobCancelledException;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.RetryPolicy;
import dev.millrace.Snooze;
import dev.millrace.Worker;
import dev.millrace.testkit.ManualClock;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A job that has expired is not started any more; one that runs is left alone. Time is moved by hand. */
abstract class ExpiryRules extends WorkerPart {
    private static final Duration EXPIRY = Duration.ofMinutes(10);

    private final ManualClock clock = new ManualClock(START);

    @Override
    Clock clock() {
        return clock;
    }

    private void passExpiry() {
        clock.advance(EXPIRY.plusSeconds(2));
    }

    private static void assertExpired(JobHandle<?> handle) {
        // A sweep may be at it while the claim finds that it is locked.
        until("it is cancelled", () -> handle.state() == JobState.CANCELLED);
        JobCancelledException expired = catchThrowableOfType(JobCancelledException.class, () -> handle.await(PATIENCE));
        assertThat(expired.reason()).isEqualTo(CancelReason.EXPIRED);
    }

    @Test
    void an_expired_job_is_not_claimed() {
        Worker worker = build(worker().handle(ECHO, (text, job) -> text));
        JobHandle<String> span = millrace.enqueue(ECHO.with("one").expiresIn(EXPIRY));
        JobHandle<String> moment =
                millrace.enqueue(ECHO.with("two").expiresAt(clock.instant().plus(EXPIRY)));

        passExpiry();

        assertThat(worker.drain()).isZero();
        assertExpired(span);
        assertExpired(moment);
    }

    @Test
    void a_job_in_time_runs() throws Exception {
        Worker worker = build(worker().handle(ECHO, (text, job) -> text));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").expiresIn(EXPIRY));

        clock.advance(EXPIRY.minusSeconds(2));

        assertThat(worker.drain()).isEqualTo(1);
        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
    }

    @Test
    void a_running_job_is_left_alone() throws Exception {
        Gate gate = new Gate();
        start(worker().handle(ECHO, (text, job) -> {
            gate.pass();
            job.checkCancelled();
            return text;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").expiresIn(EXPIRY));
        gate.awaitArrivals(1);

        passExpiry();
        awaitBeats(2);
        gate.open();

        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
    }

    @Test
    void a_retry_after_the_expiry_does_not_come() {
        Worker worker = build(worker().handle(ECHO, (text, job) -> {
            passExpiry();
            throw new IllegalStateException("it broke");
        }));
        JobHandle<String> handle =
                millrace.enqueue(ECHO.with("hello").expiresIn(EXPIRY).retry(RetryPolicy.fixed(Duration.ZERO)));

        assertThat(worker.drain()).isEqualTo(1);

        assertExpired(handle);
    }

    @Test
    void a_snooze_beyond_the_expiry_does_not_come_back() {
        Worker worker = build(worker().handle(ECHO, (text, job) -> {
            throw new Snooze(EXPIRY.multipliedBy(2));
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").expiresIn(EXPIRY));

        worker.drain();
        clock.advance(EXPIRY.multipliedBy(2).plusSeconds(2));
        worker.drain();

        assertExpired(handle);
    }

    @Test
    void an_expired_job_that_is_run_again_by_hand_has_no_expiry_any_more() throws Exception {
        Worker worker = build(worker().handle(ECHO, (text, job) -> text));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").expiresIn(EXPIRY));
        passExpiry();
        worker.drain();
        assertExpired(handle);

        millrace.jobs().ids(Set.of(handle.id())).retryAll();
        worker.drain();

        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
        assertThat(handle.info().expiresAt()).isEmpty();
    }
}
