package dev.millrace.testkit.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobFailedException;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.RetryPolicy;
import dev.millrace.Snooze;
import dev.millrace.Worker;
import dev.millrace.spi.RunEnd;
import dev.millrace.testkit.Faults;
import java.sql.Connection;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A settle whose transaction was not committed counts for nothing: the attempt has failed, or ends as the handler says. */
abstract class UndoneRules extends TransactionPart {

    private JobHandle<String> once() {
        return millrace.enqueue(ECHO.with("x").retry(RetryPolicy.none()));
    }

    private void assertNotCommitted(JobHandle<String> handle) throws Exception {
        assertThatThrownBy(() -> handle.await(PATIENCE))
                .isInstanceOf(JobFailedException.class)
                .hasMessageContaining("succeedIn")
                .hasMessageContaining("not committed");
        assertThat(handle.info().failure().orElseThrow().type()).isEqualTo("NotCommitted");
        assertThat(written()).isEmpty();
    }

    @Test
    void a_handler_that_rolls_back_and_returns_has_failed() throws Exception {
        JobHandle<String> handle = once();
        drain(worker((connection, text, job) -> {
            write(connection, text);
            job.succeedIn(connection, "done");
            connection.rollback();
        }));

        assertNotCommitted(handle);
    }

    @Test
    void a_handler_that_never_commits_has_failed() throws Exception {
        JobHandle<String> handle = once();
        drain(worker((connection, text, job) -> {
            write(connection, text);
            job.succeedIn(connection, "done"); // and the connection is closed
        }));

        assertNotCommitted(handle);
    }

    @Test
    void a_handler_that_rolls_back_to_before_it_has_failed() throws Exception {
        JobHandle<String> handle = once();
        drain(worker((connection, text, job) -> {
            Savepoint savepoint = connection.setSavepoint();
            write(connection, text);
            job.succeedIn(connection, "done");
            connection.rollback(savepoint);
            connection.commit();
        }));

        assertNotCommitted(handle);
    }

    @Test
    void a_transaction_that_is_left_open_is_waited_for() throws Exception {
        JobHandle<String> committed = once();
        Connection[] left = new Connection[1];
        start(worker().handle(ECHO, (text, job) -> {
            left[0] = begin();
            write(left[0], text);
            job.succeedIn(left[0], "done");
            return "returned";
        }));
        until("the handler is done and the store was asked", () -> faults().calls(Faults.Call.STANDING) > 0);
        left[0].commit();
        left[0].close();

        assertThat(committed.await(PATIENCE)).isEqualTo("done");
        assertThat(written()).containsExactly("x");
    }

    @Test
    void a_worker_that_runs_one_job_returns_with_its_end_though_that_is_not_known_at_once() throws Exception {
        JobHandle<String> rolledBack = once();
        faults().failBefore(Faults.Call.STANDING, 3);
        drain(worker((connection, text, job) -> {
            job.succeedIn(connection, "done");
            connection.rollback();
        }));
        assertThat(rolledBack.state()).isEqualTo(JobState.FAILED);

        JobHandle<String> committed = once();
        faults().failBefore(Faults.Call.STANDING, 3);
        Worker worker = built(worker((connection, text, job) -> {
            job.succeedIn(connection, "done");
            connection.commit();
        }));
        assertThat(worker.runOne()).isTrue();
        assertThat(committed.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(worker.stats().counts().succeeded()).isEqualTo(1);
    }

    @Test
    void a_failed_attempt_is_tried_again() throws Exception {
        JobHandle<String> handle = millrace.enqueue(
                ECHO.with("x").retry(RetryPolicy.fixed(Duration.ZERO).attempts(3)));
        drain(worker((connection, text, job) -> {
            write(connection, "attempt " + job.attempt());
            job.log("attempt %d", job.attempt());
            job.succeedIn(connection, "done by " + job.attempt());
            if (job.attempt() == 1) {
                connection.rollback();
            } else {
                connection.commit();
            }
        }));

        assertThat(handle.await(PATIENCE)).isEqualTo("done by 2");
        assertThat(written()).containsExactly("attempt 2");
        assertThat(runs(handle)).extracting(run -> run.end()).containsExactly(RunEnd.RETRIED, RunEnd.SUCCEEDED);
        assertThat(store.trail(handle.id()).log())
                .extracting(line -> line.text())
                .containsExactly("attempt 1", "attempt 2");
    }

    @Test
    void what_a_handler_throws_without_a_commit_is_how_the_attempt_ended() throws Exception {
        JobHandle<String> handle = once();
        drain(worker((connection, text, job) -> {
            write(connection, text);
            job.succeedIn(connection, "done");
            throw new IllegalStateException("on second thoughts");
        }));

        assertThat(handle.info().failure().orElseThrow().message()).isEqualTo("on second thoughts");
        assertThat(written()).isEmpty();
    }

    @Test
    void a_snooze_without_a_commit_is_a_snooze() throws Exception {
        JobHandle<String> handle = once();
        drain(worker((connection, text, job) -> {
            job.succeedIn(connection, "done");
            connection.rollback();
            throw new Snooze(Duration.ofHours(1));
        }));

        assertThat(handle.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(handle.info().record().run().snoozes()).isEqualTo(1);
    }

    @Test
    void jobs_of_a_batch_fail_together_with_their_transaction() throws Exception {
        List<JobHandle<String>> handles = millrace.enqueueAll(
                List.of(ECHO.with("a").retry(RetryPolicy.none()), ECHO.with("b").retry(RetryPolicy.none())));
        drain(worker().handleBatch(ECHO, 10, batch -> {
            try (Connection connection = begin()) {
                for (var each : batch) {
                    write(connection, each.payload());
                    each.context().succeedIn(connection, "done");
                }
                connection.rollback();
            }
        }));

        for (JobHandle<String> handle : handles) {
            assertNotCommitted(handle);
        }
    }

    @Test
    void a_job_of_a_batch_that_was_called_succeeded_before_fails_with_its_transaction() throws Exception {
        JobHandle<String> handle = once();
        drain(worker().handleBatch(ECHO, 10, batch -> {
            try (Connection connection = begin()) {
                for (var each : batch) {
                    write(connection, each.payload());
                    each.succeed("done");
                    each.context().succeedIn(connection, "done");
                }
                connection.rollback();
            }
        }));

        assertNotCommitted(handle);
    }

    @Test
    void jobs_of_a_batch_whose_ends_are_not_known_at_once_end_all_the_same() throws Exception {
        List<JobHandle<String>> handles = millrace.enqueueAll(List.of(ECHO.with("a"), ECHO.with("b"), ECHO.with("c")));
        faults().failBefore(Faults.Call.STANDING, 2);
        drain(worker().handleBatch(ECHO, 10, batch -> {
            try (Connection connection = begin()) {
                for (var each : batch) {
                    each.context().succeedIn(connection, "done");
                }
                connection.commit();
            }
        }));

        assertThat(handles).allMatch(handle -> handle.state() == JobState.SUCCEEDED);
    }
}
