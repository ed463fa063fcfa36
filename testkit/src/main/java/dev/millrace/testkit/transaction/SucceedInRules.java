package dev.millrace.testkit.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.BatchJob;
import dev.millrace.Enqueued;
import dev.millrace.JobEvent;
import dev.millrace.JobHandle;
import dev.millrace.JobListener;
import dev.millrace.JobRequest;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.RetryPolicy;
import dev.millrace.Snooze;
import dev.millrace.Worker;
import dev.millrace.spi.Retention;
import dev.millrace.spi.RunEnd;
import dev.millrace.testkit.Faults;
import java.sql.Connection;
import java.sql.Savepoint;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What a handler commits together with the end of its job stands. */
abstract class SucceedInRules extends TransactionPart {
    private static final JobType<String, Void> QUIET = JobType.of("quiet", String.class);

    @Test
    void the_handlers_writes_and_the_end_of_the_job_are_one_commit() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        start(worker((connection, text, job) -> {
            write(connection, text);
            job.succeedIn(connection, "done " + text);
            assertThat(handle.state()).isEqualTo(JobState.RUNNING);
            connection.commit();
            assertThat(handle.state()).isEqualTo(JobState.SUCCEEDED);
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("done x");
        assertThat(written()).containsExactly("x");
        assertThat(runs(handle)).singleElement().satisfies(run -> {
            assertThat(run.end()).isEqualTo(RunEnd.SUCCEEDED);
            assertThat(run.attempt()).isEqualTo(1);
        });
    }

    @Test
    void listeners_and_statistics_are_told_of_it_as_of_any_success() throws Exception {
        Queue<String> told = new ConcurrentLinkedQueue<>();
        JobListener listener = new JobListener() {
            @Override
            public void succeeded(JobEvent.Succeeded event) {
                told.add("succeeded");
            }

            @Override
            public void failed(JobEvent.Failed event) {
                told.add("failed");
            }

            @Override
            public void retried(JobEvent.Retried event) {
                told.add("retried");
            }
        };
        try (var heard = Millrace.builder(fixture.open(Clock.systemUTC(), Retention.DEFAULT))
                .listener(listener)
                .open()) {
            JobHandle<String> handle = heard.enqueue(ECHO, "x");
            Worker worker = heard.worker()
                    .handle(ECHO, (text, job) -> {
                        try (Connection connection = begin()) {
                            job.succeedIn(connection, "y");
                            connection.commit();
                        }
                        return "z";
                    })
                    .build();
            worker.drain();

            assertThat(handle.await(PATIENCE)).isEqualTo("y");
            assertThat(worker.stats().counts().succeeded()).isEqualTo(1);
            worker.close();
        }
        assertThat(told).containsExactly("succeeded");
    }

    @Test
    void a_handler_that_throws_after_its_commit_has_succeeded() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        drain(worker((connection, text, job) -> {
            write(connection, text);
            job.succeedIn(connection, "done");
            connection.commit();
            throw new IllegalStateException("too late to matter");
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("done");
        assertThat(handle.info().failure()).isEmpty();
        assertThat(written()).containsExactly("x");
    }

    @Test
    void a_snooze_after_the_commit_is_too_late() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        drain(worker((connection, text, job) -> {
            job.succeedIn(connection, "done");
            connection.commit();
            throw new Snooze(Duration.ofMinutes(1));
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("done");
    }

    @Test
    void a_result_may_be_left_out() throws Exception {
        JobHandle<Void> handle = millrace.enqueue(QUIET, "x");
        drain(worker().handle(QUIET, (text, job) -> {
            try (Connection connection = begin()) {
                job.succeedIn(connection);
                connection.commit();
            }
        }));

        assertThat(handle.await(PATIENCE)).isNull();
        assertThat(handle.state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void steps_and_the_unique_key_go_with_the_job_and_log_and_progress_stay() throws Exception {
        JobHandle<String> handle =
                millrace.enqueue(ECHO.with("x".repeat(5_000)).uniqueKey("k").tag("t"));
        drain(worker((connection, text, job) -> {
            assertThat(job.once("step", String.class, () -> "one")).isEqualTo("one");
            job.log("a line");
            job.progress(3, 4, "nearly");
            job.succeedIn(connection, "done");
            connection.commit();
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("done");
        assertThat(store.trail(handle.id()).log())
                .extracting(line -> line.text())
                .containsExactly("a line");
        assertThat(handle.info().progress().done()).isEqualTo(3);
        assertThat(store.trail(handle.id()).steps()).isEmpty();
        assertThat(millrace.enqueue(ECHO.with("again").uniqueKey("k")).enqueued())
                .isEqualTo(Enqueued.NEW);
    }

    @Test
    void the_next_job_is_enqueued_in_the_same_commit() throws Exception {
        List<JobHandle<String>> next = new ArrayList<>();
        JobHandle<String> handle = millrace.enqueue(ECHO, "first");
        drain(worker((connection, text, job) -> {
            if (text.equals("first")) {
                next.add(millrace.inTransaction(connection).enqueue(ECHO, "second"));
            }
            write(connection, text);
            job.succeedIn(connection, "end of " + text);
            connection.commit();
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("end of first");
        assertThat(next.get(0).await(PATIENCE)).isEqualTo("end of second");
        assertThat(written()).containsExactly("first", "second");
    }

    @Test
    void a_savepoint_set_after_it_may_be_rolled_back_to() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        drain(worker((connection, text, job) -> {
            write(connection, "kept");
            job.succeedIn(connection, "done");
            Savepoint savepoint = connection.setSavepoint();
            write(connection, "undone");
            connection.rollback(savepoint);
            connection.commit();
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("done");
        assertThat(written()).containsExactly("kept");
    }

    @Test
    void a_job_that_is_run_again_by_hand_before_its_handler_returns_has_succeeded_once_before() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        Worker worker = built(worker((connection, text, job) -> {
            job.succeedIn(connection, "done");
            connection.commit();
            assertThat(millrace.jobs().ids(Set.of(job.id())).retryAll()).isEqualTo(1);
        }));

        assertThat(worker.runOne()).isTrue();
        assertThat(worker.stats().counts().succeeded()).isEqualTo(1);
        assertThat(handle.state()).isEqualTo(JobState.READY);
        assertThat(runs(handle)).extracting(run -> run.end()).containsExactly(RunEnd.SUCCEEDED);
    }

    @Test
    void a_retry_after_a_failed_attempt_may_succeed_in_its_transaction() throws Exception {
        JobHandle<String> handle = millrace.enqueue(
                ECHO.with("x").retry(RetryPolicy.fixed(Duration.ZERO).attempts(3)));
        drain(worker((connection, text, job) -> {
            write(connection, "attempt " + job.attempt());
            if (job.attempt() == 1) {
                throw new IllegalStateException("not yet");
            }
            job.succeedIn(connection, "done");
            connection.commit();
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("done");
        assertThat(written()).containsExactly("attempt 2");
        assertThat(runs(handle)).extracting(run -> run.end()).containsExactly(RunEnd.RETRIED, RunEnd.SUCCEEDED);
    }

    @Test
    void jobs_of_a_batch_may_end_in_one_transaction() throws Exception {
        List<JobHandle<String>> handles = millrace.enqueueAll(List.of(ECHO.with("a"), ECHO.with("b"), ECHO.with("c")));
        drain(worker().handleBatch(ECHO, 10, batch -> {
            try (Connection connection = begin()) {
                for (BatchJob<String, String> each : batch) {
                    if (each.payload().equals("c")) {
                        continue;
                    }
                    write(connection, each.payload());
                    each.context().succeedIn(connection, "done " + each.payload());
                    assertThat(each.settled()).isTrue();
                    assertThatThrownBy(() -> each.succeed("again")).isInstanceOf(IllegalStateException.class);
                }
                connection.commit();
            }
            batch.stream().filter(each -> !each.settled()).forEach(each -> each.succeed("by itself"));
        }));

        assertThat(handles.get(0).await(PATIENCE)).isEqualTo("done a");
        assertThat(handles.get(1).await(PATIENCE)).isEqualTo("done b");
        assertThat(handles.get(2).await(PATIENCE)).isEqualTo("by itself");
        assertThat(written()).containsExactly("a", "b");
    }

    @Test
    void a_commit_whose_worker_cannot_reach_the_store_afterwards_stands() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        faults().failBefore(Faults.Call.STANDING, 5);
        start(worker((connection, text, job) -> {
            write(connection, text);
            job.succeedIn(connection, "done");
            connection.commit();
            throw new IllegalStateException("and the handler does not know either");
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("done");
        until("the store was asked again", () -> faults().calls(Faults.Call.STANDING) > 5);
        assertThat(runs(handle))
                .singleElement()
                .satisfies(run -> assertThat(run.end()).isEqualTo(RunEnd.SUCCEEDED));
    }

    /** Its time is short; an attempt that is too slow for it is repeated. */
    private static JobRequest<String> hasty(String text) {
        return ECHO.with(text)
                .timeout(Duration.ofMillis(400))
                .retry(RetryPolicy.fixed(Duration.ZERO).attempts(50));
    }

    @Test
    void a_commit_after_the_time_is_up_stands_if_the_call_came_before() throws Exception {
        JobHandle<String> handle = millrace.enqueue(hasty("x"));
        start(worker((connection, text, job) -> {
            write(connection, text);
            job.succeedIn(connection, "done");
            until("its time is up", job::cancelled);
            Thread.interrupted();
            connection.commit();
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("done");
        assertThat(written()).containsExactly("x");
    }

    @Test
    void a_commit_by_a_thread_that_was_given_up_stands() throws Exception {
        CountDownLatch givenUp = new CountDownLatch(1);
        JobHandle<String> handle = millrace.enqueue(hasty("x"));
        start(worker((connection, text, job) -> {
            job.succeedIn(connection, "done");
            while (givenUp.getCount() > 0) {
                try {
                    givenUp.await();
                } catch (InterruptedException ignored) {
                    // as handlers must not
                }
            }
            connection.commit();
        }));
        until("its thread is given up, and the store asked", () -> faults().calls(Faults.Call.STANDING) > 0);
        givenUp.countDown();

        assertThat(handle.await(PATIENCE)).isEqualTo("done");
    }
}
