package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.Enqueued;
import dev.millrace.JobRequest;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Transaction;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import dev.millrace.spi.Retention;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.contract.Books;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What transactions see of jobs that others change meanwhile, and whom the rows hold up that they lock. */
@Execution(ExecutionMode.CONCURRENT)
class LockedJobsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JobType<String, String> ECHO = JobType.of("echo", String.class, String.class);

    private final SharedDatabase place = new SharedDatabase("");
    private final List<Worker> started = new ArrayList<>();
    private Millrace millrace;

    @BeforeEach
    void open() {
        millrace = Millrace.builder(place.open(Clock.systemUTC(), Retention.DEFAULT))
                .open();
    }

    @AfterEach
    void checkTheBooks() {
        try {
            started.forEach(Worker::close);
            assertThat(Books.faults(millrace.store()))
                    .as("faults in the store's books")
                    .isEmpty();
        } finally {
            millrace.close();
            place.close();
        }
    }

    private Connection begin() throws SQLException {
        Connection connection = place.connect();
        connection.setAutoCommit(false);
        return connection;
    }

    private WorkerBuilder worker() {
        return millrace.worker().lease(Duration.ofMinutes(5), Duration.ofMinutes(1));
    }

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
}
