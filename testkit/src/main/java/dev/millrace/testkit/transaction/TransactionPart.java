package dev.millrace.testkit.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobContext;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import dev.millrace.spi.Retention;
import dev.millrace.spi.RunRecord;
import dev.millrace.testkit.Faults;
import dev.millrace.testkit.FaultyStore;
import dev.millrace.testkit.contract.Books;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** One part of the contract: an empty store, an application with a table beside it, and the store's books checked afterwards. */
@ExtendWith(OuterTransactionContract.class)
abstract class TransactionPart {
    /** How long a test waits for what should come at once. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    static final JobType<String, String> ECHO = JobType.of("echo", String.class, String.class);

    private final List<Worker> workers = new ArrayList<>();
    /** The application's table: one for each test, since tests may share a database. */
    private final String table = "ledger_" + UUID.randomUUID().toString().replace('-', '_');

    TransactionFixture fixture;
    FaultyStore store;
    Millrace millrace;

    /** Something that an application does in a transaction. */
    @FunctionalInterface
    interface Work {
        void in(Connection connection) throws Exception;
    }

    /** Something that a handler does in a transaction. */
    @FunctionalInterface
    interface HandlerWork {
        void in(Connection connection, String payload, JobContext job) throws Exception;
    }

    @BeforeEach
    void open(TransactionContract outer) throws SQLException {
        fixture = outer.fixture();
        store = new FaultyStore(fixture.open(Clock.systemUTC(), Retention.DEFAULT));
        millrace = Millrace.builder(store).open();
        run("CREATE TABLE " + table + " (name varchar(100))");
    }

    @AfterEach
    void stopAndCheckTheBooks() throws SQLException {
        try {
            store.faults().comeBack();
            workers.forEach(Worker::close);
            assertThat(Books.faults(store)).as("faults in the store's books").isEmpty();
        } finally {
            run("DROP TABLE " + table);
            millrace.close();
            fixture.close();
        }
    }

    Faults faults() {
        return store.faults();
    }

    /** An open transaction of the application's. */
    Connection begin() throws SQLException {
        Connection connection = fixture.connect();
        connection.setAutoCommit(false);
        return connection;
    }

    /** Does something in a transaction and commits. */
    void transact(Work work) throws Exception {
        try (Connection connection = begin()) {
            work.in(connection);
            connection.commit();
        }
    }

    /** The application's own write. */
    void write(Connection connection, String name) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table + " VALUES (?)")) {
            insert.setString(1, name);
            insert.executeUpdate();
        }
    }

    /** What the application has written, as others see it. */
    List<String> written() throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection connection = fixture.connect();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT name FROM " + table + " ORDER BY name")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    private void run(String sql) throws SQLException {
        try (Connection connection = fixture.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    boolean exists(JobHandle<?> handle) {
        return !store.get(List.of(handle.id())).isEmpty();
    }

    /** The records of the job's runs, oldest first. */
    List<RunRecord> runs(JobHandle<?> handle) {
        return store.trail(handle.id()).runs();
    }

    /** A worker to be that beats far too seldom for a test: what it does soon, it does for another reason. */
    WorkerBuilder worker() {
        return millrace.worker()
                .lease(Duration.ofMinutes(5), Duration.ofMinutes(1))
                .stopGrace(Duration.ofSeconds(10))
                .timeoutGrace(Duration.ofMillis(100));
    }

    /** A worker to be that does this with each job, in a transaction which the work itself is to end. */
    WorkerBuilder worker(HandlerWork work) {
        return worker().handle(ECHO, (text, job) -> {
            try (Connection connection = begin()) {
                work.in(connection, text, job);
            }
            return "returned";
        });
    }

    /** A worker, which is stopped after the test. */
    Worker built(WorkerBuilder builder) {
        Worker worker = builder.build();
        workers.add(worker);
        return worker;
    }

    /** Starts a worker, which is stopped after the test. */
    Worker start(WorkerBuilder builder) {
        return built(builder).start();
    }

    /** Runs all there is to run on this thread. */
    void drain(WorkerBuilder builder) {
        built(builder).drain();
    }

    static void awaitState(JobHandle<?> handle, JobState state) {
        until(handle + " is " + state, () -> handle.state() == state);
    }

    /** Waits until something holds. */
    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError("it did not come about within " + PATIENCE + " that " + what);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
