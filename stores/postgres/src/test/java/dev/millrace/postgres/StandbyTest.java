package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.Health;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.StoreException;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Finding;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.fault.Audit;
import dev.millrace.testkit.fault.Drill;
import dev.millrace.testkit.server.PostgresServer;
import dev.millrace.testkit.server.PostgresServer.Durability;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * A primary and its standby, which may be looked at, and takes over when the primary dies. Both sync, as in production. The test
 * that kills the primary comes last: the others need it.
 */
@Isolated
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StandbyTest {
    private static final int FAILOVERS = Drill.LONG ? 5 : 1;
    private static final int LAST = Integer.MAX_VALUE;

    private static final JobType<String, String> GREET = JobType.of("greet", String.class, String.class);
    private static final JobType<String, String> WAIT = JobType.of("wait", String.class, String.class);

    private static Pair pair;

    private final String schema = "standby_" + UUID.randomUUID().toString().substring(0, 8);

    /** A primary whose commits wait for its standby. */
    private record Pair(PostgresServer primary, PostgresServer standby) implements AutoCloseable {
        static Pair start() {
            PostgresServer primary = PostgresServer.system(Durability.POWER_LOSS);
            Pair pair = new Pair(primary, primary.standby("spare"));
            pair.waitForStandby("spare", "sync");
            return pair;
        }

        /** Lets commits wait for whom this names. */
        void waitForStandby(String names, String state) {
            sql("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
            sql("SELECT pg_reload_conf()");
            until(() -> state.equals(told("SELECT sync_state FROM pg_stat_replication")));
        }

        private void sql(String sql) {
            try (Connection connection = connect();
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new AssertionError(sql, e);
            }
        }

        private String told(String query) {
            try (Connection connection = connect();
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(query)) {
                return rows.next() ? rows.getString(1) : "";
            } catch (SQLException e) {
                throw new AssertionError(query, e);
            }
        }

        private Connection connect() throws SQLException {
            return DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:" + primary.port() + "/postgres?user=postgres");
        }

        String hosts(String parameters) {
            return "postgresql://postgres@127.0.0.1:" + primary.port() + ",127.0.0.1:" + standby.port() + "/postgres?"
                    + parameters;
        }

        String hostsTheOtherWayRound(String parameters) {
            return "postgresql://postgres@127.0.0.1:" + standby.port() + ",127.0.0.1:" + primary.port() + "/postgres?"
                    + parameters;
        }

        @Override
        public void close() {
            standby.close();
            primary.close();
        }
    }

    @BeforeAll
    static void start() throws Exception {
        pair = Pair.start();
    }

    @AfterAll
    static void stop() {
        pair.close();
    }

    @Test
    void a_standby_can_be_looked_at_while_the_primary_works() throws Exception {
        UUID ended;
        try (Millrace millrace =
                Millrace.open(pair.primary().url() + "?synchronous_commit=remote_apply&schema=" + schema)) {
            assertThat(millrace.store().info().durability()).contains("loss of the primary");
            millrace.worker().handle(GREET, (name, job) -> "hello " + name).start();
            JobHandle<String> greeting = millrace.enqueue(GREET, "ada");
            ended = greeting.id();
            assertThat(greeting.await(Duration.ofSeconds(60))).isEqualTo("hello ada");
            millrace.enqueue(WAIT, "bob");
        }
        try (Millrace look = Millrace.open(pair.standby().url() + "?schema=" + schema)) {
            Store store = look.store();
            assertThat(look.stats().count(JobState.SUCCEEDED)).isEqualTo(1);
            assertThat(look.stats().count(JobState.READY)).isEqualTo(1);
            assertThat(store.page(Filter.ALL, null, 10).jobs()).hasSize(2);
            assertThat(store.get(List.of(ended)).get(0).state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(store.trail(ended).runs()).hasSize(1);
            assertThat(store.sessions()).hasSize(1);
            assertThat(look.health().status()).isEqualTo(Health.Status.DEGRADED); // nobody is there for "wait"
            assertThat(store.verify()).isEmpty();
            assertThat(codes(store)).doesNotContain("unread");
        }
    }

    @Test
    void a_standby_takes_no_jobs_and_no_workers_and_says_where_to_go() {
        Stores.open(pair.primary().url() + "?synchronous_commit=remote_apply&schema=" + schema)
                .close();
        String standby = pair.standby().url() + "?schema=" + schema;

        try (Millrace look = Millrace.open(standby + "&targetServerType=secondary")) {
            assertThatThrownBy(() -> look.enqueue(GREET, "ada"))
                    .isInstanceOf(StoreException.class)
                    .isNotInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("it can be looked at, not changed")
                    .hasMessageContaining("primary's address");
            assertThatThrownBy(() ->
                            look.worker().handle(GREET, (name, job) -> name).start())
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("primary's address");
        }
        try (Millrace look = Millrace.open(standby)) {
            // it may be a primary's address, in the middle of a failover
            assertThatThrownBy(() -> look.enqueue(GREET, "ada"))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("is read-only")
                    .hasMessageContaining("targetServerType=primary");
        }
    }

    @Test
    void a_standby_without_the_tables_is_not_given_any() {
        assertThatThrownBy(
                        () -> Stores.open(pair.standby().url() + "?targetServerType=secondary&schema=none_" + schema))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("Nothing was changed");
    }

    @Test
    void of_two_hosts_the_primary_gets_the_work_whichever_comes_first() {
        String applied = "synchronous_commit=remote_apply&schema=" + schema; // what is looked for is there to be seen
        for (String address : List.of(pair.hosts(applied), pair.hostsTheOtherWayRound(applied))) {
            try (Store store = Stores.open(address)) {
                assertThat(store.enqueue(List.of(Jobs.work().newJob()))).hasSize(1);
            }
        }
        for (String look : List.of("secondary", "preferSecondary")) {
            try (Store store = Stores.open(pair.hosts("targetServerType=" + look + "&schema=" + schema))) {
                until(() -> store.page(Filter.ALL, null, 10).jobs().size() == 2);
                assertThatThrownBy(() -> store.enqueue(List.of(Jobs.work().newJob())))
                        .hasMessageContaining("it can be looked at, not changed");
            }
        }
    }

    @Test
    void the_doctor_tells_whether_a_standby_has_all_that_was_accepted() throws Exception {
        try (Store store = Stores.open(pair.primary().url() + "?schema=" + schema)) {
            assertThat(codes(store)).doesNotContain("pg-standby-asynchronous", "pg-standby-missing");
            pair.waitForStandby("", "async");
            assertThat(codes(store)).contains("pg-standby-asynchronous");
            pair.waitForStandby("nobody", "async");
            assertThat(codes(store)).contains("pg-standby-missing");
        } finally {
            pair.waitForStandby("spare", "sync");
        }
    }

    @Test
    void nothing_is_accepted_that_the_standby_does_not_have() throws Exception {
        try (Store store = Stores.open(pair.primary().url() + "?pool.timeout=2s&socket_timeout=2s&schema=" + schema)) {
            pair.standby().process().kill();

            assertThatThrownBy(() -> store.enqueue(List.of(Jobs.work().newJob())))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("is not known");
        } finally {
            pair.standby().process().start();
            until(() -> "sync".equals(pair.told("SELECT sync_state FROM pg_stat_replication")));
        }
    }

    @Test
    @Order(LAST)
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void workers_go_on_at_the_standby_when_the_primary_was_killed_and_nothing_accepted_is_lost(@TempDir Path folder)
            throws Exception {
        failOver(pair, folder);
        for (int more = 1; more < FAILOVERS; more++) {
            try (Pair another = Pair.start()) {
                failOver(another, Files.createDirectory(folder.resolve("more-" + more)));
            }
        }
    }

    private void failOver(Pair servers, Path folder) throws Exception {
        String place = "pool.timeout=3s&socket_timeout=5s&schema=" + schema;
        try (Drill drill = new Drill(servers.hosts(place), folder)) {
            drill.work("one", servers.hosts(place));
            drill.work("two", servers.hostsTheOtherWayRound(place));
            if (Drill.LONG) {
                drill.process();
                drill.process();
            }
            drill.awaitGoingOn();
            drill.awaitProgress();
            // so that commits are under way that the standby does not have
            servers.standby().process().pause();
            until(() ->
                    !"0".equals(servers.told("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")));

            long began = System.nanoTime();
            servers.primary().process().kill();
            servers.standby().process().resume();
            servers.standby().promote();
            long promoted = millisSince(began);
            drill.awaitGoingOn();
            long recovered = millisSince(began);

            drill.killProcesses();
            Audit audit = drill.finish();
            audit.print(
                    "primary killed",
                    "standby promoted after " + promoted + " ms, going on within " + recovered + " ms");
            audit.assertAllKept();
        }
    }

    private static long millisSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }

    private static List<String> codes(Store store) {
        return store.examine().findings().stream().map(Finding::code).toList();
    }

    private static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as("it did not come about within a minute")
                    .isLessThan(end);
            LockSupport.parkNanos(5_000_000);
        }
    }
}
