package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobHandle;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.StoreException;
import dev.millrace.Worker;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Finding;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.fault.Audit;
import dev.millrace.testkit.fault.Drill;
import dev.millrace.testkit.server.PgBouncer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * By way of PgBouncer in transaction mode, configured as it comes: nothing in the address says so. The whole contracts are run
 * through it by {@link PgBouncerContractTest} and {@link PgBouncerWorkerTest}.
 */
class PgBouncerTest {
    private static final List<String> SHOWN = List.of(
            "enable_seqscan",
            "enable_sort",
            "jit",
            "plan_cache_mode",
            "lock_timeout",
            "statement_timeout",
            "idle_in_transaction_session_timeout",
            "synchronous_commit");
    private static final String ALL = "SELECT "
            + String.join(
                    " || ' ' || ",
                    SHOWN.stream()
                            .map(each -> "current_setting('" + each + "')")
                            .toList());
    private static final String TERMS = "off off off force_generic_plan 5s 14500ms 10s local";

    @ParameterizedTest
    @ValueSource(strings = {"", "ignore_startup_parameters = options"})
    void each_transaction_brings_its_settings_along_and_leaves_none_behind(String configured) throws Exception {
        String schema = Servers.NEW.schema();
        try (PgBouncer pooler = PgBouncer.before(Servers.NEW.server(), 1, configured);
                Connection stranger = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + pooler.port()
                        + "/postgres?user=postgres&prepareThreshold=0")) {
            String before = all(stranger);
            Settings settings = Settings.of(StoreAddress.parse(
                    Servers.NEW.server().url(pooler.port()) + "?synchronous_commit=local&schema=" + schema));
            try (Links links = Links.open(settings)) {
                assertThat(links.preface()).isNotEmpty();
                try (Connection connection = links.take()) {
                    Sql sql = new Sql(connection, new Sql.Names(schema), links.preface());

                    assertThat(told(sql, ALL)).isEqualTo(TERMS);
                    assertThat(all(stranger)).isEqualTo(before);

                    connection.setAutoCommit(false);
                    assertThat(told(sql, "SELECT 1")).isEqualTo("1");
                    assertThat(told(sql, ALL)).isEqualTo(TERMS);
                    connection.commit();
                    assertThat(all(stranger)).isEqualTo(before);

                    Sql next = new Sql(connection, new Sql.Names(schema), links.preface());
                    next.run("SET LOCAL lock_timeout = 100"); // a script begins the transaction, and what it sets holds
                    assertThat(told(next, ALL)).isEqualTo(TERMS.replace(" 5s ", " 100ms "));
                    connection.commit();
                    assertThat(all(stranger)).isEqualTo(before);
                }
            }
        }
    }

    @Test
    void a_straight_connection_keeps_its_settings_and_no_transaction_repeats_them() throws Exception {
        String schema = Servers.NEW.schema();
        Settings settings = Settings.of(
                StoreAddress.parse(Servers.NEW.server().url() + "?synchronous_commit=local&schema=" + schema));
        try (Links links = Links.open(settings);
                Connection connection = links.take()) {
            assertThat(links.preface()).isEmpty();
            assertThat(all(connection)).isEqualTo(TERMS);
        }
    }

    @Test
    void a_user_whose_transactions_begin_at_another_isolation_level_is_refused_and_told_the_remedy() {
        Servers.NEW.run("CREATE DATABASE strict");
        Servers.NEW.run("ALTER DATABASE strict SET default_transaction_isolation = 'repeatable read'");
        try {
            String address =
                    Servers.NEW.server().url(Servers.NEW.pooler().port()).replaceFirst("postgres$", "strict");
            assertThatThrownBy(() -> Stores.open(address))
                    .isInstanceOf(StoreException.class)
                    .isNotInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("isolation level")
                    .hasMessageContaining("default_transaction_isolation = 'read committed'");
            try (Store straight = Stores.open(Servers.NEW.server().url().replaceFirst("postgres$", "strict"))) {
                assertThat(straight.enqueue(List.of(Jobs.work().newJob()))).hasSize(1);
            }
        } finally {
            Servers.NEW.run("DROP DATABASE strict WITH (FORCE)");
        }
    }

    @Test
    void a_worker_hears_of_others_work_by_the_direct_way() throws Exception {
        String schema = Servers.NEW.schema();
        BlockingQueue<EnumSet<Signal>> heard = new LinkedBlockingQueue<>();
        try (Store one = Stores.open(Servers.NEW.pooled() + "schema=" + schema);
                Store other = Stores.open(Servers.NEW.pooled() + "schema=" + schema)) {
            one.listen(signals -> heard.add(EnumSet.copyOf(signals)));
            assertThat(heard.poll(60, TimeUnit.SECONDS)).containsExactly(Signal.values()); // it listens now

            other.enqueue(List.of(Jobs.work().newJob()));

            assertThat(heard.poll(60, TimeUnit.SECONDS)).contains(Signal.READY);
            assertThat(one.page(Filter.ALL, null, 10).jobs()).hasSize(1);
            assertThat(one.verify()).isEmpty();
            assertThat(one.examine().findings()).extracting(Finding::code).doesNotContain("unread");
            one.optimize();
        } finally {
            Servers.NEW.recycle(schema);
        }
    }

    @Test
    void an_application_enqueues_and_settles_in_its_own_transactions_by_way_of_the_pooler() throws Exception {
        JobType<String, String> echo = JobType.of("echo", String.class, String.class);
        SharedDatabase place = new SharedDatabase(Servers.NEW.pooler().port());
        try (Millrace millrace = Millrace.builder(place.open(Clock.systemUTC(), Retention.DEFAULT))
                        .open();
                Worker worker = millrace.worker()
                        .handle(echo, (text, job) -> {
                            try (Connection connection = place.connect()) {
                                connection.setAutoCommit(false);
                                job.succeedIn(connection, "settled by way of the pooler");
                                connection.commit();
                            }
                            return text;
                        })
                        .build()) {
            List<JobHandle<String>> handles = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                try (Connection connection = place.connect()) {
                    connection.setAutoCommit(false);
                    handles.add(millrace.inTransaction(connection)
                            .enqueue(echo.with("x").tag("t").uniqueKey("k" + i)));
                    connection.commit();
                }
            }
            assertThat(worker.drain()).isEqualTo(8);
            for (JobHandle<String> handle : handles) {
                assertThat(handle.await(Duration.ofSeconds(60))).isEqualTo("settled by way of the pooler");
            }
        } finally {
            place.close();
        }
    }

    @Test
    void workers_go_on_when_the_pooler_was_killed_under_load(@TempDir Path folder) throws Exception {
        String schema = Servers.NEW.schema();
        try (PgBouncer pooler = PgBouncer.before(Servers.NEW.server(), 3);
                Drill drill = new Drill(Servers.NEW.server().url() + "?schema=" + schema, folder)) {
            String way =
                    Servers.NEW.server().url(pooler.port()) + "?pool.timeout=2s&socket_timeout=5s&schema=" + schema;
            drill.work("one", way);
            drill.work("two", way);
            drill.awaitGoingOn();

            pooler.process().kill();
            pooler.process().start();

            long recovered = drill.awaitGoingOn();
            Audit audit = drill.finish();
            audit.print("pooler killed", "going on within " + recovered + " ms");
            audit.assertAllKept();
        }
    }

    private static String told(Sql sql, String query) throws SQLException {
        return sql.first(query, row -> row.getString(1));
    }

    private static String all(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(ALL)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
