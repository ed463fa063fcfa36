package dev.millrace.postgres;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.millrace.Enqueued;
import dev.millrace.JobCancelledException;
import dev.millrace.JobHandle;
import dev.millrace.JobInterrupted;
import dev.millrace.JobRequest;
import dev.millrace.JobState;
import dev.millrace.Transaction;
import dev.millrace.Worker;
import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.spi.Sweep;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What transactions see of jobs that others change meanwhile, and whom the rows hold up that they lock. */
@Execution(ExecutionMode.CONCURRENT)
class LockedJobsTest extends SharedDatabaseScene {
    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
    void a_job_that_ended_after_the_snapshot_is_not_stored_again(int isolation) throws Exception {
        UUID id = UUID.randomUUID();
        millrace.enqueue(ECHO.with("x").id(id));
        try (Connection plain = begin(isolation);
                Connection rich = begin(isolation);
                Worker worker = worker().handle(ECHO, (text, job) -> text).build()) {
            worker.drain();

            assertRefused(plain, ECHO.with("again").id(id));
            assertRefused(rich, ECHO.with("again").id(id).tag("t").uniqueKey("k"));
        }
    }

    @Test
    void a_job_that_was_deleted_after_the_snapshot_is_not_stored_again() throws Exception {
        UUID id = UUID.randomUUID();
        millrace.enqueue(ECHO.with("x").id(id));
        try (Connection connection = begin(Connection.TRANSACTION_REPEATABLE_READ)) {
            assertThat(millrace.jobs().ids(Set.of(id)).deleteAll()).isEqualTo(1);

            assertRefused(connection, ECHO.with("again").id(id));
        }
    }

    private Connection begin(int isolation) throws SQLException {
        Connection connection = begin();
        connection.setTransactionIsolation(isolation);
        execute(connection, "SELECT count(*) FROM pg_class"); // takes the snapshot
        return connection;
    }

    private void assertRefused(Connection connection, JobRequest<String> request) throws SQLException {
        Transaction transaction = millrace.inTransaction(connection);
        assertThatThrownBy(() -> transaction.enqueue(request))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("Roll the transaction back and repeat it");
        connection.commit(); // which the server makes a roll-back
        assertThat(millrace.jobs().state(JobState.READY).count()).isZero();

        assertThat(transaction.enqueue(request).enqueued()).isEqualTo(Enqueued.DUPLICATE);
        connection.rollback();
    }

    @Test
    void a_refused_settle_does_not_hold_up_the_worker_that_owns_the_job() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        List<Throwable> thrown = new ArrayList<>();
        try (Connection connection = begin();
                Worker second =
                        worker().handle(ECHO, (text, job) -> "by the second").build();
                Worker first = worker().handle(ECHO, (text, job) -> {
                            takeBack();
                            try (Worker owner = worker().handle(ECHO, (same, again) -> {
                                        thrown.add(catchThrowable(() -> job.succeedIn(connection, "by the first")));
                                        return "by its owner";
                                    })
                                    .build()) {
                                owner.runOne();
                            }
                            assertThat(handle.state()).isEqualTo(JobState.SUCCEEDED);
                            assertThat(millrace.jobs().ids(Set.of(job.id())).retryAll())
                                    .isEqualTo(1);
                            second.runOne();
                            return text;
                        })
                        .build()) {
            first.runOne();

            // the transaction in which the first was refused is open still
            assertThat(handle.await(PATIENCE)).isEqualTo("by the second");
            connection.rollback();
        }
        assertThat(thrown).singleElement().satisfies(e -> assertThat(e).isInstanceOf(JobInterrupted.class));
    }

    /** As if the worker had not been heard of for its lease. */
    private void takeBack() {
        millrace.store().sessions().forEach(each -> millrace.store().closeSession(each.id()));
        millrace.store().sweep(new Sweep(Duration.ofMinutes(5), 1_000));
    }

    @Test
    void a_cancelled_run_whose_transaction_is_left_open_holds_up_no_other_outcome() throws Exception {
        BlockingQueue<Connection> left = new LinkedBlockingQueue<>();
        started.add(worker().handle(ECHO, (text, job) -> {
                    if (text.equals("cancelled")) {
                        Connection connection = begin();
                        left.add(connection);
                        Servers.NEW.run("UPDATE " + place.schema() + ".job SET marks = marks | " + Marks.CANCEL
                                + " WHERE id = '" + job.id() + "'");
                        job.succeedIn(connection, "done");
                    }
                    return text;
                })
                .start());
        JobHandle<String> cancelled = millrace.enqueue(ECHO, "cancelled");
        Connection open = requireNonNull(left.poll(60, TimeUnit.SECONDS));
        JobHandle<String> other = millrace.enqueue(ECHO, "other");

        assertThat(other.await(PATIENCE)).isEqualTo("other");
        assertThat(cancelled.state()).isEqualTo(JobState.RUNNING);
        open.close();
        assertThatThrownBy(() -> cancelled.await(PATIENCE)).isInstanceOf(JobCancelledException.class);
    }

    @Test
    void a_beat_does_not_wait_for_a_job_that_is_locked_and_gives_its_report_back() {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        List<BeatReply> replies = new ArrayList<>();
        try (Worker worker = worker().handle(ECHO, (text, job) -> {
                    Report report = new Report(null, List.of(new LogLine(Instant.now(), "a line")));
                    RunRef run = new RunRef(job.id(), job.queue(), job.token());
                    UUID session = millrace.store().sessions().get(0).id();
                    try (Connection connection = begin()) {
                        lockAllJobs(connection);
                        replies.add(millrace.store()
                                .beat(new Beat(session, "{}", List.of(new Beat.RunReport(run, report)))));
                    }
                    until(() -> {
                        replies.add(millrace.store()
                                .beat(new Beat(
                                        session,
                                        "{}",
                                        replies.get(replies.size() - 1).untold())));
                        return replies.get(replies.size() - 1).untold().isEmpty();
                    });
                    return text;
                })
                .build()) {
            worker.runOne();
        }

        assertThat(replies).allMatch(BeatReply::open);
        assertThat(replies.get(0).untold()).hasSize(1);
        assertLoggedOnce(handle);
    }

    @Test
    void a_worker_reports_later_what_it_could_not_while_the_job_was_locked() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        started.add(millrace.worker()
                .lease(Duration.ofMinutes(5), Duration.ofSeconds(1))
                .handle(ECHO, (text, job) -> {
                    try (Connection connection = begin()) {
                        lockAllJobs(connection);
                        job.log("a line");
                        Instant logged = millrace.store().now();
                        // so many beats later at least one has taken the line along
                        for (int beats = 0; beats < 2; beats++) {
                            Instant last = heard();
                            until(() -> heard().isAfter(last) && heard().isAfter(logged));
                        }
                    }
                    until(() -> !millrace.store().trail(job.id()).log().isEmpty());
                    return text;
                })
                .start());

        assertThat(handle.await(PATIENCE)).isEqualTo("x");
        assertLoggedOnce(handle);
    }

    private Instant heard() {
        return millrace.store().sessions().get(0).heardAt();
    }

    private void lockAllJobs(Connection connection) throws SQLException {
        execute(connection, "SELECT 1 FROM " + place.schema() + ".job FOR UPDATE");
    }

    private void assertLoggedOnce(JobHandle<String> handle) {
        assertThat(millrace.store().trail(handle.id()).log())
                .extracting(LogLine::text)
                .containsExactly("a line");
    }

    private static void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("the time").isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
