package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.Handler;
import dev.millrace.JobHandle;
import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.PermanentFailure;
import dev.millrace.RetryAfter;
import dev.millrace.RetryPolicy;
import dev.millrace.Snooze;
import dev.millrace.Worker;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.testkit.ManualClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What comes after a failure: retries by policy, snoozes, and the end. Time is moved by hand. */
abstract class RetryRules extends WorkerPart {
    private static final RetryPolicy DOUBLING =
            RetryPolicy.exponential(Duration.ofSeconds(10), 2).attempts(4);

    private final ManualClock clock = new ManualClock(START);

    @Override
    Clock clock() {
        return clock;
    }

    private Worker drains(Handler<String, String> handler) {
        return build(worker().handle(ECHO, handler));
    }

    /** How long from now the job is due. */
    private Duration dueIn(JobHandle<?> handle) {
        JobInfo info = handle.info();
        assertThat(info.state()).isEqualTo(JobState.SCHEDULED);
        return Duration.between(store.now(), info.dueAt());
    }

    private static void assertAbout(Duration actual, Duration expected) {
        assertThat(actual.toMillis()).isCloseTo(expected.toMillis(), within(1_000L));
    }

    @Test
    void a_failed_attempt_is_tried_again_when_its_delay_is_over_and_delays_grow_by_the_policy() {
        Worker worker = drains((text, job) -> {
            throw new IllegalStateException("attempt " + job.attempt());
        });
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(DOUBLING));

        for (int attempt = 1; attempt <= 3; attempt++) {
            assertThat(worker.drain()).isEqualTo(1);
            Duration delay = Duration.ofSeconds(10L << (attempt - 1));
            assertAbout(dueIn(handle), delay);
            assertThat(handle.info().attempt()).isEqualTo(attempt);
            assertThat(handle.info().failure().orElseThrow().message()).isEqualTo("attempt " + attempt);
            clock.advance(delay.minusSeconds(5));
            assertThat(worker.drain()).as("runs before it is due").isZero();
            clock.advance(Duration.ofSeconds(6));
        }
        assertThat(worker.drain()).isEqualTo(1);
        assertThat(handle.state()).isEqualTo(JobState.FAILED);
    }

    @Test
    void a_retry_that_succeeds_is_a_success() throws Exception {
        Worker worker = drains((text, job) -> {
            if (job.attempt() < 3) {
                throw new IOException("not yet");
            }
            return text;
        });
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(RetryPolicy.fixed(Duration.ZERO)));

        assertThat(worker.drain()).isEqualTo(3);

        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
        assertThat(runs(handle))
                .extracting(RunRecord::end)
                .containsExactly(RunEnd.RETRIED, RunEnd.RETRIED, RunEnd.SUCCEEDED);
    }

    @Test
    void once_its_attempts_are_used_up_it_has_failed_and_every_run_is_on_record() {
        Worker worker = drains((text, job) -> {
            throw new IllegalStateException("attempt " + job.attempt());
        });
        JobHandle<String> handle = millrace.enqueue(
                ECHO.with("hello").retry(RetryPolicy.fixed(Duration.ZERO).attempts(3)));

        assertThat(worker.drain()).isEqualTo(3);

        assertThat(handle.state()).isEqualTo(JobState.FAILED);
        List<RunRecord> runs = runs(handle);
        assertThat(runs).extracting(RunRecord::end).containsExactly(RunEnd.RETRIED, RunEnd.RETRIED, RunEnd.FAILED);
        assertThat(runs).extracting(RunRecord::attempt).containsExactly(1, 2, 3);
        assertThat(runs).extracting(RunRecord::worker).containsOnly(worker.name());
        assertThat(runs).extracting(RunRecord::token).isSorted().doesNotHaveDuplicates();
        assertThat(runs)
                .extracting(run -> String.valueOf(run.failure()))
                .allMatch(failure -> failure.contains("IllegalStateException: attempt"));
    }

    @Test
    void a_rule_for_a_type_of_exception_has_a_delay_of_its_own() {
        RetryPolicy policy = DOUBLING.on(IOException.class, RetryPolicy.fixed(Duration.ofMinutes(5)));
        Worker worker = drains((text, job) -> {
            throw new java.io.FileNotFoundException(text);
        });
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(policy));

        worker.drain();

        assertAbout(dueIn(handle), Duration.ofMinutes(5));
    }

    @Test
    void an_exception_that_is_never_retried_fails_at_once_and_so_does_a_subclass() {
        RetryPolicy policy = DOUBLING.never(IllegalArgumentException.class);
        Worker worker = drains((text, job) -> String.valueOf(Integer.parseInt(text)));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("no number").retry(policy));

        assertThat(worker.drain()).isEqualTo(1);

        assertThat(handle.state()).isEqualTo(JobState.FAILED);
    }

    @Test
    void a_permanent_failure_fails_at_once_whatever_the_policy() {
        Worker worker = drains((text, job) -> {
            throw new PermanentFailure("an empty file never gets better");
        });
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(DOUBLING));

        assertThat(worker.drain()).isEqualTo(1);

        assertThat(handle.state()).isEqualTo(JobState.FAILED);
        assertThat(handle.info().attempt()).isEqualTo(1);
    }

    @Test
    void a_handler_can_say_when_it_is_worth_trying_again() {
        Worker worker = drains((text, job) -> {
            throw new RetryAfter("429", Duration.ofMinutes(7), new UncheckedIOException(new IOException("busy")));
        });
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(DOUBLING.attempts(2)));

        worker.drain();
        assertAbout(dueIn(handle), Duration.ofMinutes(7));
        clock.advance(Duration.ofMinutes(8));
        worker.drain();

        assertThat(handle.state()).as("after its last attempt").isEqualTo(JobState.FAILED);
    }

    @Test
    void what_a_job_says_of_retries_wins_over_its_type_and_the_handlers_type_serves_jobs_that_say_nothing() {
        RetryPolicy minutes = RetryPolicy.fixed(Duration.ofMinutes(1));
        Worker worker = build(worker().handle(ECHO.retry(minutes), (text, job) -> {
            throw new IllegalStateException("no");
        }));
        JobHandle<String> plain = millrace.enqueue(ECHO, "hello");
        JobHandle<String> own =
                millrace.enqueue(ECHO.retry(minutes).with("hello").retry(RetryPolicy.fixed(Duration.ofHours(1))));

        assertThat(worker.drain()).isEqualTo(2);

        assertAbout(dueIn(plain), Duration.ofMinutes(1));
        assertAbout(dueIn(own), Duration.ofHours(1));
    }

    @Test
    void a_snooze_comes_back_later_and_uses_up_no_attempt() throws Exception {
        List<Integer> snoozes = new ArrayList<>();
        Worker worker = drains((text, job) -> {
            snoozes.add(job.snoozes());
            assertThat(job.attempt()).isEqualTo(1);
            if (job.snoozes() < 2) {
                throw new Snooze(Duration.ofMinutes(1));
            }
            return text;
        });
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(RetryPolicy.none()));

        assertThat(worker.drain()).isEqualTo(1);
        assertAbout(dueIn(handle), Duration.ofMinutes(1));
        assertThat(handle.info().attempt()).isZero();
        assertThat(handle.info().failure()).isEmpty();
        clock.advance(Duration.ofSeconds(62));
        assertThat(worker.drain()).isEqualTo(1);
        clock.advance(Duration.ofSeconds(62));
        assertThat(worker.drain()).isEqualTo(1);

        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
        assertThat(snoozes).containsExactly(0, 1, 2);
    }

    @Test
    void a_job_that_is_run_again_by_hand_has_all_its_attempts_anew() {
        List<Integer> attempts = new ArrayList<>();
        Worker worker = drains((text, job) -> {
            attempts.add(job.attempt());
            throw new IllegalStateException("no");
        });
        JobHandle<String> handle = millrace.enqueue(
                ECHO.with("hello").retry(RetryPolicy.fixed(Duration.ZERO).attempts(2)));
        worker.drain();

        assertThat(millrace.jobs().ids(Set.of(handle.id())).retryAll()).isEqualTo(1);
        worker.drain();

        assertThat(attempts).containsExactly(1, 2, 1, 2);
        assertThat(handle.state()).isEqualTo(JobState.FAILED);
        assertThat(runs(handle)).hasSize(4);
    }

    @Test
    void a_record_of_a_run_tells_how_long_it_took() {
        Worker worker = drains((text, job) -> {
            clock.advance(Duration.ofSeconds(3));
            throw new PermanentFailure("no");
        });
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");

        worker.drain();

        RunRecord run = runs(handle).get(0);
        assertThat(run.endedAt()).isCloseTo(store.now(), within(1, ChronoUnit.SECONDS));
        assertThat(run.startedAt()).isBeforeOrEqualTo(run.endedAt());
    }
}
