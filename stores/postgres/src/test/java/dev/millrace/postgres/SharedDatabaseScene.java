package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import dev.millrace.spi.Retention;
import dev.millrace.testkit.contract.Books;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A Millrace in a database that the application has transactions in too; its books are checked after each test. */
abstract class SharedDatabaseScene {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final JobType<String, String> ECHO = JobType.of("echo", String.class, String.class);

    final SharedDatabase place = new SharedDatabase("");
    /** Stopped after the test. */
    final List<Worker> started = new ArrayList<>();

    Millrace millrace;

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

    /** A transaction of the application. */
    Connection begin() throws SQLException {
        Connection connection = place.connect();
        connection.setAutoCommit(false);
        return connection;
    }

    /** A worker that finds nothing by its heartbeat within a test. */
    WorkerBuilder worker() {
        return millrace.worker().lease(Duration.ofMinutes(5), Duration.ofMinutes(1));
    }
}
