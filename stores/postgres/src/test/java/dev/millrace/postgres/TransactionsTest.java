package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.StoreException;
import dev.millrace.Worker;
import dev.millrace.spi.Retention;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.spi.Sweep;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.support.TransactionTemplate;

/** The application's transactions as PostgreSQL has them: long ones, of every isolation, from pools and from Spring. */
@Execution(ExecutionMode.CONCURRENT)
class TransactionsTest extends SharedDatabaseScene {
    @Test
    void a_transaction_that_stays_open_holds_up_nobody_else() throws Exception {
        CountDownLatch settled = new CountDownLatch(1);
        CountDownLatch commit = new CountDownLatch(1);
        started.add(worker().handle(ECHO, (text, job) -> {
                    if (text.equals("slow")) {
                        try (Connection connection = begin()) {
                            job.succeedIn(connection, "committed late");
                            job.log("a line that a beat would store");
                            settled.countDown();
                            commit.await();
                            connection.commit();
                        }
                    }
                    return text;
                })
                .start());
        try (Connection open = begin()) {
            millrace.inTransaction(open)
                    .enqueue(ECHO.with("waiting").uniqueKey("held").tag("t"));
            JobHandle<String> slow = millrace.enqueue(ECHO, "slow");
            assertThat(settled.await(60, TimeUnit.SECONDS)).isTrue();

            // both transactions are open now; what follows would stop at its lock_timeout if it met one of them
            List<JobHandle<String>> others = millrace.enqueueAll(
                    List.of(ECHO.with("a").uniqueKey("free").tag("t"), ECHO.with("b"), ECHO.with("c")));
            for (JobHandle<String> other : others) {
                assertThat(other.await(PATIENCE)).isNotNull();
            }
            JobHandle<String> cancelled = millrace.enqueue(ECHO.with("d").in(Duration.ofHours(1)));
            assertThat(cancelled.cancel()).isTrue();
            millrace.store().sweep(new Sweep(Duration.ofMinutes(5), 1_000));
            assertThat(slow.state()).isEqualTo(JobState.RUNNING);
            assertThat(millrace.jobs().tag("t").count()).isEqualTo(1);

            commit.countDown();
            assertThat(slow.await(PATIENCE)).isEqualTo("committed late");
            open.rollback();
        }
    }

    @Test
    void only_the_unique_key_is_waited_for_and_not_for_ever() throws Exception {
        try (Connection open = begin()) {
            millrace.inTransaction(open).enqueue(ECHO.with("first").uniqueKey("held"));

            assertThatThrownBy(() -> millrace.enqueue(ECHO.with("second").uniqueKey("held")))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("another transaction");
            open.rollback();
        }
        millrace.enqueue(ECHO.with("third").uniqueKey("held"));
    }

    @Test
    void a_dead_sessions_job_is_passed_over_while_its_settle_is_open_and_stands_after_the_commit() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        try (Worker worker = worker().handle(ECHO, (text, job) -> {
                    try (Connection connection = begin()) {
                        job.succeedIn(connection, "done");
                        millrace.store()
                                .sessions()
                                .forEach(each -> millrace.store().closeSession(each.id()));
                        millrace.store().sweep(new Sweep(Duration.ofMinutes(5), 1_000));
                        connection.commit();
                    }
                    return text;
                })
                .build()) {
            worker.drain();
        }

        assertThat(handle.await(PATIENCE)).isEqualTo("done");
        assertThat(handle.info().record().run().rescues()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
    void a_snapshot_that_is_older_than_the_jobs_lane_takes_the_job_all_the_same(int isolation) throws Exception {
        JobType<String, String> fresh = JobType.of("fresh" + isolation, String.class, String.class);
        try (Connection connection = begin();
                Connection later = begin()) {
            connection.setTransactionIsolation(isolation);
            read(connection, "SELECT count(*) FROM pg_class");
            millrace.enqueue(fresh, "makes the lane");

            millrace.inTransaction(connection).enqueue(fresh.with("plain"));
            millrace.inTransaction(connection)
                    .enqueue(fresh.with("rich").tag("t").uniqueKey("k"));
            connection.commit();
            assertThat(connection.getTransactionIsolation()).isEqualTo(isolation);

            // one that has to be made
            later.setTransactionIsolation(isolation);
            read(later, "SELECT count(*) FROM pg_class");
            millrace.inTransaction(later).enqueue(fresh.with("other").queue("new"));
            later.commit();
        }
        assertThat(millrace.jobs().kind("fresh" + isolation).count()).isEqualTo(4);
    }

    @Test
    void a_cancellation_that_a_snapshot_does_not_show_is_found_out_all_the_same() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "x");
        List<Throwable> thrown = new ArrayList<>();
        try (Worker worker = worker().handle(ECHO, (text, job) -> {
                    try (Connection connection = begin()) {
                        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                        read(connection, "SELECT count(*) FROM pg_class");
                        // as another process would, and nobody has told this worker yet
                        Servers.NEW.run("UPDATE " + place.schema() + ".job SET marks = marks | " + Marks.CANCEL);
                        try {
                            job.succeedIn(connection, "done");
                        } catch (StoreException e) {
                            thrown.add(e);
                            throw e;
                        }
                        connection.commit();
                    }
                    return text;
                })
                .build()) {
            worker.drain();
        }

        assertThat(thrown)
                .singleElement()
                .satisfies(e -> assertThat(e)
                        .isInstanceOf(StoreUnavailableException.class)
                        .hasMessageContaining("Roll the transaction back"));
        assertThat(handle.state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void no_setting_of_the_connection_is_changed() throws Exception {
        try (Connection connection = begin()) {
            String before = settings(connection);
            millrace.inTransaction(connection).enqueue(ECHO.with("x").tag("t").uniqueKey("k"));

            assertThat(settings(connection)).isEqualTo(before);
            connection.commit();
            assertThat(settings(connection)).isEqualTo(before);
            assertThat(connection.getAutoCommit()).isFalse();
            connection.rollback();
            assertThat(read(
                            connection,
                            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'"))
                    .isEqualTo("0");
        }
    }

    private static String settings(Connection connection) throws SQLException {
        TreeMap<String, String> settings = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name, setting FROM pg_settings")) {
            while (rows.next()) {
                settings.put(rows.getString(1), rows.getString(2));
            }
        }
        return settings.toString();
    }

    private static String read(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Test
    void a_transaction_that_has_failed_before_is_refused_with_the_reason() throws Exception {
        try (Connection connection = begin()) {
            var transaction = millrace.inTransaction(connection);
            assertThatThrownBy(() -> read(connection, "SELECT 1/0")).isInstanceOf(SQLException.class);

            assertThatThrownBy(() -> transaction.enqueue(ECHO, "x"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("has failed before");
            connection.rollback();
        }
    }

    @Test
    void the_schema_of_that_name_in_another_database_is_another_store() throws Exception {
        String other = "other_" + place.schema();
        Servers.NEW.run("CREATE DATABASE " + other);
        String url = "postgresql://postgres@127.0.0.1:" + Servers.NEW.server().port() + "/" + other;
        try {
            Millrace.open(url + "?schema=" + place.schema()).close();
            PGSimpleDataSource source = new PGSimpleDataSource();
            source.setUrl("jdbc:" + url.replace("postgres@", "") + "?user=postgres");
            try (Connection connection = source.getConnection()) {
                connection.setAutoCommit(false);
                assertThatThrownBy(() -> millrace.inTransaction(connection))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("database " + other + " with another store");
                connection.commit();
            }
        } finally {
            Servers.NEW.run("DROP DATABASE " + other + " WITH (FORCE)");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"transaction", "off"})
    void others_hear_of_the_commit_as_the_address_says(String notify) throws Exception {
        SharedDatabase silent = new SharedDatabase("&notify=" + notify);
        try (Millrace producer = Millrace.builder(silent.open(Clock.systemUTC(), Retention.DEFAULT))
                        .open();
                Connection hearing = place.connect();
                Connection connection = begin()) {
            read(hearing, "SELECT set_config('application_name', 'hearing', false)");
            try (Statement statement = hearing.createStatement()) {
                statement.execute("LISTEN millrace_" + silent.schema());
            }
            producer.inTransaction(connection).enqueue(ECHO, "x");
            connection.commit();
            Servers.NEW.run("SELECT pg_notify('millrace_" + silent.schema() + "', 'last')");

            List<String> heard = new ArrayList<>();
            while (!heard.contains("last")) {
                PGNotification[] some = hearing.unwrap(PGConnection.class).getNotifications(60_000);
                assertThat(some).isNotEmpty();
                for (PGNotification each : some) {
                    heard.add(each.getParameter());
                }
            }
            assertThat(heard)
                    .containsExactlyElementsOf(
                            notify.equals("off") ? List.of("last") : List.of("transaction READY", "last"));
        } finally {
            silent.close();
        }
    }

    record OrderPlaced(long orderId) {}

    /** The program Transactions among the examples, on this server. */
    @Test
    void an_order_and_its_job_are_one_commit_and_its_confirmation_and_the_jobs_end_another() throws Exception {
        JobType<OrderPlaced, String> confirm = JobType.of("confirm-order", OrderPlaced.class, String.class);
        PGSimpleDataSource shop = new PGSimpleDataSource();
        shop.setUrl("jdbc:postgresql://127.0.0.1:" + Servers.NEW.server().port() + "/postgres?user=postgres");
        String orders = "orders_" + place.schema();
        Servers.NEW.run("CREATE TABLE " + orders + " (id bigint PRIMARY KEY, confirmed int DEFAULT 0)");
        started.add(worker().handle(confirm, (order, job) -> {
                    try (Connection connection = shop.getConnection()) {
                        connection.setAutoCommit(false);
                        try (Statement statement = connection.createStatement()) {
                            statement.executeUpdate("UPDATE " + orders + " SET confirmed = confirmed + 1 WHERE id = "
                                    + order.orderId());
                        }
                        job.succeedIn(connection, "confirmed");
                        connection.commit();
                    }
                    return "confirmed";
                })
                .start());
        try (Connection connection = shop.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("INSERT INTO " + orders + " (id) VALUES (42)");
            }
            JobHandle<String> handle = millrace.inTransaction(connection).enqueue(confirm, new OrderPlaced(42));
            connection.commit();

            assertThat(handle.await(PATIENCE)).isEqualTo("confirmed");
            assertThat(read(connection, "SELECT confirmed FROM " + orders + " WHERE id = 42"))
                    .isEqualTo("1");
            connection.commit();
        } finally {
            Servers.NEW.run("DROP TABLE " + orders);
        }
    }

    @Test
    void connections_of_a_pool_and_of_spring_do_as_well() throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://127.0.0.1:" + Servers.NEW.server().port() + "/postgres?user=postgres");
        config.setMaximumPoolSize(2);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            TransactionTemplate template = new TransactionTemplate(new DataSourceTransactionManager(pool));
            started.add(worker().handle(ECHO, (text, job) -> {
                        template.executeWithoutResult(status -> {
                            new JdbcTemplate(pool).execute("SELECT 1");
                            job.succeedIn(DataSourceUtils.getConnection(pool), "by spring: " + text);
                        });
                        return "no matter";
                    })
                    .start());
            JobHandle<String> spring = template.execute(status ->
                    millrace.inTransaction(DataSourceUtils.getConnection(pool)).enqueue(ECHO, "a"));
            template.executeWithoutResult(status -> {
                millrace.inTransaction(DataSourceUtils.getConnection(pool)).enqueue(ECHO, "undone");
                status.setRollbackOnly();
            });
            JobHandle<String> pooled;
            try (Connection connection = pool.getConnection()) {
                connection.setAutoCommit(false);
                pooled = millrace.inTransaction(connection)
                        .enqueue(ECHO.with("b").tag("t"));
                connection.commit();
            }

            assertThat(spring.await(PATIENCE)).isEqualTo("by spring: a");
            assertThat(pooled.await(PATIENCE)).isEqualTo("by spring: b");
            assertThat(millrace.jobs().count()).isEqualTo(2);
        }
    }
}
