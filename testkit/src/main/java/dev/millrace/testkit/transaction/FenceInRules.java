package dev.millrace.testkit.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.millrace.JobContext;
import dev.millrace.JobHandle;
import dev.millrace.JobInterrupted;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.PermanentFailure;
import dev.millrace.RetryPolicy;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Sweep;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Only the run that owns the job settles it, once, and not when it was asked to stop: else nothing is written. */
abstract class FenceInRules extends TransactionPart {

    /** Runs a job whose handler does this before it settles, in a transaction that it commits whatever happens. */
    private Throwable refused(Step before) {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        drain(worker((connection, text, job) -> {
            before.run(job);
            Throwable now = catchThrowable(() -> job.succeedIn(connection, "done by " + job.token()));
            thrown.compareAndSet(null, now);
            connection.commit();
            if (now instanceof RuntimeException error) {
                throw error;
            }
        }));
        return Objects.requireNonNull(thrown.get(), "what succeedIn threw");
    }

    @FunctionalInterface
    interface Step {
        void run(JobContext job) throws Exception;
    }

    @Test
    void a_run_whose_job_was_taken_from_it_is_refused() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");

        Throwable thrown = refused(job -> {
            if (job.token() == 1) {
                takeBack();
                assertThat(handle.state()).isEqualTo(JobState.READY);
            }
        });

        assertReason(thrown, JobInterrupted.Reason.SESSION_LOST);
        assertThat(handle.await(PATIENCE)).isEqualTo("done by 2");
    }

    @Test
    void a_run_whose_job_another_has_finished_is_refused() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");

        Throwable thrown = refused(job -> {
            takeBack();
            try (var other = Millrace.builder(fixture.open(Clock.systemUTC(), Retention.DEFAULT))
                    .open()) {
                var worker = other.worker()
                        .handle(ECHO, (text, again) -> "by another")
                        .build();
                worker.drain();
                worker.close();
            }
        });

        assertReason(thrown, JobInterrupted.Reason.SESSION_LOST);
        assertThat(handle.await(PATIENCE)).isEqualTo("by another");
    }

    /** As if the worker had not been heard of for its lease. */
    private void takeBack() {
        for (SessionRecord session : store.sessions()) {
            store.closeSession(session.id());
        }
        store.sweep(new Sweep(Duration.ofMinutes(5), 100));
    }

    @Test
    void a_run_whose_cancellation_was_asked_for_is_refused_and_its_job_cancelled() {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");

        Throwable thrown = refused(job -> assertThat(handle.cancel()).isTrue());

        assertReason(thrown, JobInterrupted.Reason.CANCELLED);
        assertThat(handle.state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void a_run_whose_time_is_up_is_refused() {
        JobHandle<String> handle =
                millrace.enqueue(ECHO.with("x").timeout(Duration.ofMillis(50)).retry(RetryPolicy.none()));

        Throwable thrown = refused(job -> {
            until("its time is up", job::cancelled);
            Thread.interrupted();
        });

        assertReason(thrown, JobInterrupted.Reason.TIMED_OUT);
        assertThat(handle.info().failure().orElseThrow().message()).contains("timed out");
    }

    private static void assertReason(Throwable thrown, JobInterrupted.Reason reason) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        JobInterrupted.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void a_second_call_is_refused_and_the_first_stands() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        drain(worker((connection, text, job) -> {
            job.succeedIn(connection, "first");
            assertThatThrownBy(() -> job.succeedIn(connection, "second"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("earlier call");
            connection.commit();
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("first");
    }

    @Test
    void a_call_after_the_handler_has_ended_is_refused() throws Exception {
        AtomicReference<JobContext> kept = new AtomicReference<>();
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        drain(worker((connection, text, job) -> kept.set(job)));
        assertThat(handle.await(PATIENCE)).isEqualTo("returned");

        try (Connection connection = begin()) {
            assertThatThrownBy(() -> Objects.requireNonNull(kept.get()).succeedIn(connection, "late"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has ended");
        }
    }

    @Test
    void a_step_after_it_is_refused() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        drain(worker((connection, text, job) -> {
            job.succeedIn(connection, "done");
            assertThatThrownBy(() -> job.once("late", String.class, () -> "x"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("succeedIn");
            connection.commit();
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("done");
    }

    @Test
    void a_connection_that_cannot_hold_the_end_is_refused_and_another_may_be_tried() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        List<String> messages = Collections.synchronizedList(new ArrayList<>());
        drain(worker((connection, text, job) -> {
            try (Connection elsewhere = fixture.connectElsewhere();
                    Connection automatic = fixture.connect()) {
                elsewhere.setAutoCommit(false);
                messages.add(message(job, elsewhere));
                messages.add(message(job, automatic));
            }
            job.succeedIn(connection, "done");
            connection.commit();
        }));

        assertThat(messages.get(0)).contains("leads to");
        assertThat(messages.get(1)).contains("auto-commit");
        assertThat(handle.await(PATIENCE)).isEqualTo("done");
    }

    private static String message(JobContext job, Connection connection) throws SQLException {
        Throwable thrown = catchThrowable(() -> job.succeedIn(connection, "done"));
        assertThat(thrown).isInstanceOf(IllegalArgumentException.class);
        return String.valueOf(thrown.getMessage());
    }

    @Test
    void a_result_that_is_too_large_is_refused_before_anything_is_written() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        drain(worker((connection, text, job) -> {
            assertThatThrownBy(() -> job.succeedIn(connection, "x".repeat(2_000_000)))
                    .isInstanceOf(PermanentFailure.class)
                    .hasMessageContaining("at most");
            job.succeedIn(connection, "smaller");
            connection.commit();
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("smaller");
    }
}
