package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.PostgresServer;
import dev.millrace.testkit.server.PostgresServer.Durability;
import dev.millrace.testkit.server.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each finding, provoked on a server that is as it comes but for a few limits. */
class DoctorTest {
    private static final Path PROGRAMS = Path.of("/usr/lib/postgresql");
    private static final Patience NONE = new Patience(Duration.ZERO, 10, Duration.ZERO, 0, 100, 20_000, 0);

    private static PostgresServer server;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        server = PostgresServer.system(
                Durability.POWER_LOSS, "max_connections=25", "max_prepared_transactions=5", "autovacuum_naptime=1h");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static PostgresStore open(String parameters) {
        return (PostgresStore) Stores.open(server.url() + "?pool.size=2" + parameters);
    }

    @Test
    void a_fresh_store_has_nothing_to_mend() {
        try (Store store = open("&schema=fresh")) {
            store.enqueue(List.of(Jobs.work().newJob()));

            assertThat(store.examine().findings()).isEmpty();
        }
    }

    @Test
    void settings_that_lose_data_are_found() {
        try (Store store = Stores.open(Servers.OLD.address("&synchronous_commit=off"))) {
            Examination examination = store.examine();

            assertFound(examination, "pg-fsync", Severity.PROBLEM, "fsync=off");
            assertFound(examination, "pg-full-page-writes", Severity.PROBLEM, "full_page_writes=off");
            assertFound(examination, "pg-synchronous-commit", Severity.WARNING, "synchronous_commit=off");
        }
    }

    @Test
    void a_server_without_autovacuum_is_found() throws SQLException {
        try (Store store = open("")) {
            run("ALTER SYSTEM SET autovacuum = off");
            run("SELECT pg_reload_conf()");
            await(() -> found(store.examine(), "pg-autovacuum", Severity.PROBLEM, "autovacuum=off"));
        } finally {
            run("ALTER SYSTEM RESET autovacuum");
            run("SELECT pg_reload_conf()");
        }
    }

    @Test
    void an_open_transaction_is_found_with_who_holds_it_and_without_its_query() throws SQLException {
        try (PostgresStore store = open("");
                Connection other = connect("ApplicationName=report");
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT 'a secret'");
            int pid = other.unwrap(org.postgresql.PGConnection.class).getBackendPID();

            Examination examination = store.examine(NONE);

            assertFound(
                    examination, "pg-long-transaction", Severity.PROBLEM, "pid " + pid + " (user postgres, report)");
            assertThat(examination.toString()).contains("idle in transaction").doesNotContain("a secret");
            assertThat(store.examine().findings()).extracting(Finding::code).doesNotContain("pg-long-transaction");
        }
    }

    @Test
    void an_old_snapshot_is_found() throws SQLException {
        try (PostgresStore store = open("");
                Connection other = connect("");
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            other.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.execute("SELECT 1");
            for (int i = 0; i < 20; i++) {
                run("SELECT txid_current()");
            }

            assertFound(store.examine(NONE), "pg-old-snapshot", Severity.WARNING, "transactions old");
        }
    }

    @Test
    void a_prepared_transaction_that_nobody_ends_is_found() throws SQLException {
        try (PostgresStore store = open("");
                Connection other = connect("");
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN; SELECT txid_current(); PREPARE TRANSACTION 'left over'");

            assertFound(store.examine(NONE), "pg-prepared-transaction", Severity.WARNING, "'left over'");
            statement.execute("ROLLBACK PREPARED 'left over'");
        }
    }

    @Test
    void a_server_whose_connections_are_used_up_is_found() throws SQLException {
        List<Connection> others = new ArrayList<>();
        try (Store store = open("")) {
            assertThat(store.examine().findings())
                    .extracting(Finding::code)
                    .doesNotContain("pg-connections", "pg-pool");
            for (int i = 0; i < 15; i++) {
                others.add(connect(""));
            }
            try (Store wide = Stores.open(server.url() + "?pool.size=9")) {
                assertFound(wide.examine(), "pg-connections", Severity.WARNING, "of the 22 connections");
                assertFound(wide.examine(), "pg-pool", Severity.WARNING, "may want 9");
            }
        } finally {
            for (Connection each : others) {
                each.close();
            }
        }
    }

    @Test
    void dead_rows_and_the_room_that_they_take_are_found() throws SQLException {
        try (PostgresStore store = open("&schema=dead")) {
            store.enqueue(Jobs.many(2_000, Jobs.WORK).stream()
                    .map(job -> job.newJob())
                    .toList());
            run("DELETE FROM dead.job");

            await(() -> found(store.examine(NONE), "pg-dead-rows", Severity.WARNING, "2000 dead rows"));
            await(() -> found(store.examine(NONE), "pg-bloat", Severity.WARNING, "\"dead\".job"));
            assertFound(store.examine(NONE), "pg-large", Severity.NOTE, "schema dead");
            assertThat(store.examine().findings()).isEmpty();
        }
    }

    @Test
    void a_slot_that_holds_the_log_is_found() throws SQLException {
        try (PostgresStore store = open("")) {
            run("SELECT pg_create_physical_replication_slot('left_over', true)");
            store.enqueue(List.of(Jobs.work().newJob()));

            assertFound(store.examine(NONE), "pg-slot", Severity.WARNING, "left_over (not in use)");
        } finally {
            run("SELECT pg_drop_replication_slot('left_over')");
        }
    }

    @Test
    void a_standby_that_is_behind_is_found() throws Exception {
        try (PostgresStore store = open("");
                ServerProcess standby = ServerProcess.named("pg_receivewal")
                        .command(List.of(
                                program("pg_receivewal").toString(),
                                "-h",
                                "127.0.0.1",
                                "-p",
                                Integer.toString(server.port()),
                                "-U",
                                "postgres",
                                "-D",
                                Files.createDirectory(folder.resolve("wal")).toString()))
                        .folder(folder)
                        .ready(process -> streaming())
                        .start()) {
            standby.pause();
            store.enqueue(List.of(Jobs.work().newJob()));

            assertFound(store.examine(NONE), "pg-standby", Severity.WARNING, "pg_receivewal (streaming");
            standby.resume();
        }
    }

    private static boolean streaming() {
        return !query("SELECT pid FROM pg_stat_replication WHERE state = 'streaming'")
                .isEmpty();
    }

    @Test
    void a_user_who_may_not_see_others_is_told_so() throws SQLException {
        run("CREATE ROLE weak LOGIN");
        run("GRANT CREATE ON DATABASE postgres TO weak");
        String address = server.url().replace("postgres@", "weak@") + "?pool.size=2&schema=weak";
        try (Store store = Stores.open(address)) {
            Examination examination = store.examine();

            assertFound(examination, "pg-rights", Severity.NOTE, "the user weak");
            assertThat(examination.worst()).contains(Severity.NOTE);
        }
    }

    private static Path program(String name) throws IOException {
        try (Stream<Path> versions = Files.list(PROGRAMS)) {
            return versions.map(version -> version.resolve("bin").resolve(name))
                    .filter(Files::isExecutable)
                    .max(Comparator.comparing(Path::toString))
                    .orElseThrow();
        }
    }

    private static Connection connect(String properties) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres?user=postgres&" + properties);
    }

    private static void run(String sql) throws SQLException {
        try (Connection connection = connect("");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(String sql) {
        try (Connection connection = connect("");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getString(1) : "";
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited 60 s").isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private static boolean found(Examination examination, String code, Severity severity, String what) {
        return examination.findings().stream()
                .anyMatch(each -> each.code().equals(code)
                        && each.severity() == severity
                        && each.what().contains(what));
    }

    private static void assertFound(Examination examination, String code, Severity severity, String what) {
        assertThat(found(examination, code, severity, what))
                .as(examination.toString())
                .isTrue();
    }
}
