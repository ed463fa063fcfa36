package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Filter;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.fault.Audit;
import dev.millrace.testkit.fault.Drill;
import dev.millrace.testkit.server.PostgresServer;
import dev.millrace.testkit.server.PostgresServer.Durability;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * What an administrator or a stranger may do to the server while workers are at it, beside what the contract of all engines
 * does ({@link PostgresFaultTest}). The server syncs, as in production.
 */
@Isolated
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FaultsUnderLoadTest {
    private static final Duration WHILE = Duration.ofSeconds(Drill.LONG ? 60 : 2);
    private static final int CONNECTIONS = 40;

    private static PostgresServer server;

    private final String schema = "load_" + UUID.randomUUID().toString().substring(0, 8);

    @TempDir
    private Path folder;

    private String place;
    private String address;

    @BeforeAll
    static void start() {
        server = PostgresServer.system(Durability.POWER_LOSS, "max_connections=" + CONNECTIONS);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void choosePlace() {
        place = server.url() + "?socket_timeout=4s&application_name=" + schema + "&schema=" + schema;
        address = place + "&pool.timeout=2s";
    }

    @Test
    void connections_ended_at_random_cost_nothing() throws Exception {
        try (Drill drill = begun(address)) {
            int ended = 0;
            long worst = 0;
            for (long end = System.nanoTime() + WHILE.toNanos(); System.nanoTime() < end; ended++) {
                sql(ending("ORDER BY random() LIMIT 1"));
                worst = Math.max(worst, drill.awaitGoingOn());
            }
            audit(drill, ended + " connections ended", "going on within " + worst + " ms");
        }
    }

    @Test
    void a_server_stopped_fast_and_at_once_and_started_again_costs_nothing() throws Exception {
        try (Drill drill = begun(address)) {
            long worst = 0;
            for (int round = 0; round < (Drill.LONG ? 10 : 1); round++) {
                server.process().stop();
                server.process().start();
                worst = Math.max(worst, drill.awaitGoingOn());
                server.stopAtOnce();
                server.process().start();
                worst = Math.max(worst, drill.awaitGoingOn());
            }
            audit(drill, "server stopped fast and at once", "going on within " + worst + " ms");
        }
    }

    @Test
    void a_server_whose_connections_others_have_taken_is_waited_for() throws Exception {
        List<Connection> hogs = new ArrayList<>();
        try (Drill drill = begun(address);
                Store store = Stores.open(address)) {
            try {
                takeAll(hogs);
                try (Statement statement = hogs.get(0).createStatement()) {
                    statement.execute(ending(""));
                }
                takeAll(hogs);
                assertThatThrownBy(() -> callUntilRefused(store))
                        .isInstanceOf(StoreUnavailableException.class)
                        .hasMessageContaining("max_connections");
            } finally {
                for (Connection hog : hogs) {
                    hog.close();
                }
            }
            long recovered = drill.awaitGoingOn();
            audit(drill, "all connections of the server taken", "going on within " + recovered + " ms");
        }
    }

    @Test
    void many_threads_share_a_pool_of_two() throws Exception {
        try (Drill drill = begun(address + "&pool.size=2");
                Store store = Stores.open(place + "&pool.timeout=1m&pool.size=2")) {
            List<Throwable> refused = inThreads(32, () -> {
                for (int call = 0; call < 20; call++) {
                    store.enqueue(List.of(Jobs.work().newJob()));
                    store.counts();
                }
            });
            assertThat(refused).isEmpty();
            long going = drill.awaitGoingOn();
            assertThat(store.counts()).anyMatch(count -> count.kind().equals(Jobs.WORK) && count.count() == 640);
            store.operate(new Operation.Cancel(), Filter.ALL.withKind(Jobs.WORK), null, 1_000);
            audit(drill, "32 threads on a pool of 2", "going on within " + going + " ms");
        }
    }

    @Test
    void a_table_that_a_stranger_has_locked_is_waited_for() throws Exception {
        try (Drill drill = begun(address + "&pool.size=2");
                Store store = Stores.open(place + "&pool.timeout=250ms&pool.size=2")) {
            try (Connection stranger = connect();
                    Statement statement = stranger.createStatement()) {
                stranger.setAutoCommit(false);
                statement.execute("LOCK TABLE " + schema + ".job IN ACCESS EXCLUSIVE MODE");
                List<Throwable> refused =
                        inThreads(4, () -> store.enqueue(List.of(Jobs.work().newJob())));
                assertThat(refused)
                        .hasSize(4)
                        .allMatch(StoreUnavailableException.class::isInstance)
                        .anyMatch(each -> each.getMessage().contains("another transaction has locked"))
                        .anyMatch(each -> each.getMessage().contains("pool.size"));
                stranger.rollback();
            }
            long recovered = drill.awaitGoingOn();
            audit(drill, "table locked by a stranger", "going on within " + recovered + " ms");
        }
    }

    @Test
    void defaults_of_the_user_that_would_end_every_statement_do_not_count() throws Exception {
        sql("ALTER ROLE postgres SET statement_timeout = '1ms'");
        sql("ALTER ROLE postgres SET lock_timeout = '1ms'");
        sql("ALTER ROLE postgres SET default_transaction_isolation = 'serializable'");
        try (Drill drill = begun(address);
                Store store = Stores.open(address)) {
            drill.awaitProgress();
            store.optimize();
            audit(drill, "user with statement_timeout=1ms, lock_timeout=1ms and serializable transactions", "");
        } finally {
            sql("SET statement_timeout = 0; ALTER ROLE postgres RESET ALL");
        }
    }

    @Test
    void a_long_query_on_the_side_costs_no_job() throws Exception {
        try (Drill drill = begun(address);
                Connection analyst = connect();
                Statement query = analyst.createStatement()) {
            analyst.setAutoCommit(false);
            query.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            String scan = "SELECT count(*), (SELECT count(*) FROM " + schema + ".history) FROM " + schema + ".job";
            String first = told(query, scan);
            long worst = 0;
            for (long end = System.nanoTime() + WHILE.toNanos(); System.nanoTime() < end; ) {
                assertThat(told(query, scan)).isEqualTo(first);
                worst = Math.max(worst, drill.awaitGoingOn());
            }
            analyst.commit();
            audit(
                    drill,
                    "a snapshot held for " + WHILE.toSeconds() + " s",
                    "a new job was run within " + worst + " ms");
        }
    }

    /** A drill under way. */
    private Drill begun(String way) {
        Drill drill = new Drill(address, folder);
        drill.work("one", way);
        drill.work("two", way);
        drill.awaitGoingOn();
        return drill;
    }

    private static void audit(Drill drill, String what, String more) throws Exception {
        Audit audit = drill.finish();
        audit.print(what, more);
        audit.assertAllKept();
    }

    /** Ends connections of the stores under test. */
    private String ending(String which) {
        return "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE application_name = '"
                + schema + "' " + which + ") AS chosen";
    }

    /** Takes connections until there are none, a superuser's reserve included. */
    private static void takeAll(List<Connection> hogs) {
        try {
            while (hogs.size() <= CONNECTIONS) {
                hogs.add(connect());
            }
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("53300");
        }
    }

    /** Calls until the server's refusal is known: a pool waits for its last try first. */
    private static void callUntilRefused(Store store) {
        for (long end = System.nanoTime() + Duration.ofMinutes(1).toNanos(); System.nanoTime() < end; ) {
            try {
                store.counts();
            } catch (StoreUnavailableException e) {
                if (e.getMessage().contains("max_connections")) {
                    throw e;
                }
            }
        }
    }

    private interface Call {
        void make();
    }

    /** Runs this in so many threads at once, and gives what they threw. */
    private static List<Throwable> inThreads(int count, Call call) throws InterruptedException {
        List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(() -> {
                try {
                    call.make();
                } catch (Throwable e) {
                    thrown.add(e);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return thrown;
    }

    private static String told(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1) + " " + rows.getString(2);
        }
    }

    private static void sql(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port()
                + "/postgres?user=postgres&options=-c%20statement_timeout=0");
    }
}
