package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Failure;
import dev.millrace.JobContext;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.RetryPolicy;
import dev.millrace.Worker;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Report;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Nothing that a handler does stops its worker. Every test has a worker with one thread, and runs a harmless job afterwards. */
abstract class HostileRules extends WorkerPart {

    private interface Hostile {
        String run(JobContext job) throws Exception;
    }

    /** Runs it, lets it end, and sees that the worker goes on. */
    private JobHandle<String> run(JobState end, Hostile code) throws Exception {
        start(worker().concurrency(1)
                .handle(ECHO, (text, job) -> code.run(job))
                .handle(WORK, (number, job) -> Thread.currentThread().isInterrupted() ? -1 : number));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(RetryPolicy.none()));

        awaitState(handle, end);

        assertThat(millrace.enqueue(WORK, 7).await(PATIENCE)).isEqualTo(7);
        assertThat(millrace.health().reasons()).isEmpty();
        return handle;
    }

    private Failure failed(Hostile code) throws Exception {
        return run(JobState.FAILED, code).info().failure().orElseThrow();
    }

    @Test
    void a_handler_may_throw_an_error() throws Exception {
        Failure failure = failed(job -> {
            throw new AssertionError("impossible");
        });

        assertThat(failure).hasToString("java.lang.AssertionError: impossible");
    }

    @Test
    void a_handler_may_overflow_its_stack() throws Exception {
        Failure failure = failed(job -> deeper(1));

        assertThat(failure.type()).isEqualTo(StackOverflowError.class.getName());
        assertThat(failure.stack()).hasSizeLessThanOrEqualTo(Failure.MAX_STACK);
    }

    private static String deeper(int depth) {
        return depth < 0 ? "" : deeper(depth + 1) + depth;
    }

    @Test
    void a_handler_may_run_out_of_memory() throws Exception {
        Failure failure = failed(job -> String.valueOf(new long[Integer.MAX_VALUE].length));

        assertThat(failure.type()).isEqualTo(OutOfMemoryError.class.getName());
    }

    @Test
    void a_handler_may_kill_its_thread() throws Exception {
        Failure failure = failed(job -> {
            killThisThread();
            return "alive";
        });

        assertThat(failure.type()).isEqualTo("java.lang.ThreadDeath");
    }

    /** {@code Thread.stop()}, which newer JDKs refuse: there, what it would have thrown. */
    private static void killThisThread() throws Exception {
        try {
            Thread.class.getMethod("stop").invoke(Thread.currentThread());
        } catch (InvocationTargetException | NoSuchMethodException e) {
            if (e.getCause() instanceof ThreadDeath death) {
                throw death;
            }
            throw new ThreadDeath();
        }
    }

    @Test
    void a_handler_may_throw_what_cannot_even_be_asked() throws Exception {
        class Rude extends RuntimeException {
            private static final long serialVersionUID = 1L;

            @Override
            public String getMessage() {
                throw new IllegalStateException("ask somebody else");
            }
        }

        Failure failure = failed(job -> {
            throw new Rude();
        });

        assertThat(failure.type()).endsWith("Rude");
    }

    @Test
    void a_handler_may_throw_a_message_of_any_length() throws Exception {
        Failure failure = failed(job -> {
            throw new IllegalStateException("x".repeat(10_000_000));
        });

        assertThat(failure.message()).hasSize(Failure.MAX_MESSAGE);
    }

    @Test
    void a_handler_may_interrupt_itself() throws Exception {
        run(JobState.SUCCEEDED, job -> {
            Thread.currentThread().interrupt();
            return "done";
        });
    }

    @Test
    void a_handler_may_log_without_end_and_the_newest_lines_are_kept() throws Exception {
        String line = "x".repeat(1_000);

        JobHandle<String> handle = run(JobState.SUCCEEDED, job -> {
            for (int i = 0; i < 50_000; i++) {
                job.log("%d %s", i, line);
            }
            job.log("y".repeat(1_000_000));
            job.log("the end");
            return "done";
        });

        List<LogLine> log = store.trail(handle.id()).log();
        assertThat(log.stream().mapToInt(entry -> entry.text().length()).sum())
                .isLessThanOrEqualTo(Report.MAX_LOG + 200);
        assertThat(log.get(log.size() - 1).text()).isEqualTo("the end");
    }

    @Test
    void a_handler_may_report_progress_without_end() throws Exception {
        JobHandle<String> handle = run(JobState.SUCCEEDED, job -> {
            for (int i = 0; i <= 200_000; i++) {
                job.progress(i, 200_000);
            }
            return "done";
        });

        assertThat(handle.info().progress().done()).isEqualTo(200_000);
    }

    @Test
    void a_handler_may_stop_its_own_worker() throws Exception {
        AtomicReference<Worker> self = new AtomicReference<>();
        self.set(start(worker().handle(ECHO, (text, job) -> {
            Objects.requireNonNull(self.get()).close();
            return text;
        })));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");

        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
        Objects.requireNonNull(self.get()).awaitStop();
        assertThat(store.sessions()).allMatch(session -> session.closedAt() != null);
    }

    @Test
    void a_handler_may_enqueue_more_jobs_than_there_is_room_for_ahead() throws Exception {
        start(worker().concurrency(1)
                .handle(ECHO, (text, job) -> {
                    enqueueWork(2_000);
                    return text;
                })
                .handle(WORK, (number, job) -> number));

        millrace.enqueue(ECHO, "hello").await(PATIENCE);

        until("all have succeeded", () -> count(JobState.SUCCEEDED) == 2_001);
    }
}
