package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Store;
import dev.millrace.spi.SweepReport;
import dev.millrace.spi.Verdict;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.StoreDriver;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is in the way of a segment that is emptied, and how little that is in the way of others. */
class EmptyingTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int MANY = Segment.MANY + 200;

    private final String schema = "emptying_" + UUID.randomUUID().toString().substring(0, 8);
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Store store = straight();
    private final StoreDriver driver = new StoreDriver(store, clock);
    private final List<JobDraft> ended = Jobs.many(MANY, Jobs.WORK);

    @BeforeEach
    void fillOneUntilItsTimeHasCome() {
        SegmentsTest.succeed(store, ended);
        driver.sweep();
        clock.advance(Duration.ofDays(1));
    }

    @AfterEach
    void close() {
        threads.shutdown();
        assertThat(store.verify()).isEmpty();
        store.close();
        Servers.NEW.run("DROP SCHEMA " + schema + " CASCADE");
    }

    /** Behind who waits for a lock all others wait, and whoever is frozen holds its locks. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void it_is_emptied_under_limits_on_waiting_and_on_doing_nothing(boolean pooled) throws SQLException {
        Servers.NEW.run("SET search_path = " + schema + "; CREATE TABLE limits (waiting text, idle text);"
                + " CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " INSERT INTO " + schema + ".limits SELECT current_setting('lock_timeout'),"
                + " current_setting('idle_in_transaction_session_timeout'); RETURN NULL; END $$;"
                + " CREATE TRIGGER noting BEFORE TRUNCATE ON history_1 FOR EACH STATEMENT EXECUTE FUNCTION note();"
                + " RESET search_path");

        try (Store other = pooled ? pooled() : straight();
                Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement()) {
            assertThat(new StoreDriver(other, clock).sweep().purged()).isEqualTo(MANY);

            try (ResultSet limits = statement.executeQuery("SELECT waiting, idle FROM " + schema + ".limits")) {
                assertThat(limits.next()).isTrue();
                assertThat(limits.getString(1)).isEqualTo("100ms");
                assertThat(limits.getString(2)).isEqualTo("10s");
            }
        }
    }

    @Test
    void by_way_of_a_pooler_too_who_reads_is_not_waited_for() throws Exception {
        try (Store pooled = pooled();
                Connection reader = Servers.NEW.connect();
                Statement statement = reader.createStatement()) {
            StoreDriver other = new StoreDriver(pooled, clock);
            reader.setAutoCommit(false);
            statement.execute("SELECT count(*) FROM " + schema + ".history_1");
            Future<SweepReport> sweeping = threads.submit(() -> other.sweep());
            assertThat(sweeping.get(60, TimeUnit.SECONDS).purged()).isZero();
            reader.rollback();
            clock.advance(MINUTE);
            assertThat(other.sweep().purged()).isEqualTo(MANY);
        }
    }

    @Test
    void who_reads_it_and_then_writes_to_it_undoes_the_try_and_not_the_sweep() throws Exception {
        try (Latch latch = Latch.beforeRows(Servers.NEW, schema, "tally");
                Connection stranger = Servers.NEW.connect();
                Connection watching = Servers.NEW.connect();
                Statement statement = stranger.createStatement()) {
            stranger.setAutoCommit(false);
            statement.execute("SELECT count(*) FROM " + schema + ".history_1");
            Future<SweepReport> sweeping = threads.submit(() -> driver.sweep());
            latch.awaitSomeone();
            Future<?> writing = threads.submit(() -> {
                statement.execute("DELETE FROM " + schema + ".history_1 WHERE false");
                stranger.commit();
                return true;
            });
            Latch.await(
                    watching,
                    "SELECT 1 FROM pg_locks WHERE relation = '" + schema + ".history_1'::regclass AND NOT granted");
            latch.open();
            writing.get(60, TimeUnit.SECONDS);
            int purged = sweeping.get(60, TimeUnit.SECONDS).purged();
            clock.advance(MINUTE);

            assertThat(purged + driver.sweep().purged()).isEqualTo(MANY);
        }
    }

    /** The sweep has looked for children before; one comes while it waits to empty the segment. */
    @Test
    void a_parent_that_goes_with_its_segment_before_its_child_looks_counts_as_it_had_ended() throws Exception {
        JobDraft child = Jobs.plain("child").after(ended.get(0));
        Future<SweepReport> sweeping;
        try (Latch latch = Latch.before("UPDATE", Servers.NEW, schema, "segment");
                Connection connection = Servers.NEW.connect()) {
            sweeping = threads.submit(() -> driver.sweep());
            latch.awaitSomeone();
            connection.setAutoCommit(false);
            store.transactions().orElseThrow().join(connection).enqueue(List.of(child.newJob()));
            connection.commit();
        }
        assertThat(sweeping.get(60, TimeUnit.SECONDS).purged()).isEqualTo(MANY);

        driver.sweep();
        assertThat(driver.parents(child.id())).extracting(Dependency::verdict).containsExactly(Verdict.SUCCEEDED);
        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
    }

    /** All are locked out meanwhile, so it must not take the longer the more jobs wait. */
    @Test
    void it_is_emptied_without_a_look_at_what_jobs_wait_for_that_have_looked() throws SQLException {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        driver.enqueue(Jobs.many(1_000, "child").stream()
                .map(child -> child.after(parent))
                .toList());

        String address =
                Servers.NEW.server().url() + "?socket_timeout=5m&application_name=" + schema + "&schema=" + schema;
        Map<String, Long> before = RowsRead.ofDependencies(Servers.NEW, schema);
        try (Store other = Stores.open(address, clock)) {
            assertThat(new StoreDriver(other, clock).sweep().purged()).isEqualTo(MANY);
        }

        assertThat(RowsRead.ofDependencies(Servers.NEW, schema))
                .allSatisfy((place, rows) -> assertThat(rows - before.getOrDefault(place, 0L))
                        .as(place)
                        .isLessThan(100));
    }

    /** Its id stays known for an hour from its end on, and for a child as long again from when it goes. */
    @Test
    void a_parent_that_ended_an_hour_ago_stays_known_for_its_child() throws Exception {
        long now = Micros.of(clock.instant());
        JobDraft parent = ended.get(0);
        Servers.NEW.run("UPDATE " + schema + ".history_1 SET finished = " + (now - Moves.HOUR + 60_000_000)
                + " WHERE id = '" + parent.id() + "'");
        JobDraft child = Jobs.plain("child").after(parent);
        Future<SweepReport> sweeping;
        try (Latch latch = Latch.before("UPDATE", Servers.NEW, schema, "segment");
                Connection connection = Servers.NEW.connect()) {
            sweeping = threads.submit(() -> driver.sweep());
            latch.awaitSomeone();
            connection.setAutoCommit(false);
            store.transactions().orElseThrow().join(connection).enqueue(List.of(child.newJob()));
            connection.commit();
        }
        assertThat(sweeping.get(60, TimeUnit.SECONDS).purged()).isEqualTo(MANY);

        try (Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT until FROM " + schema + ".tombstone WHERE id = '" + parent.id() + "'")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getLong(1)).isGreaterThanOrEqualTo(now + Moves.HOUR);
        }
    }

    private Store straight() {
        return Stores.open(Servers.NEW.server().url() + "?socket_timeout=5m&schema=" + schema, clock);
    }

    private Store pooled() {
        return Stores.open(Servers.NEW.pooled() + "socket_timeout=5m&schema=" + schema, clock);
    }
}
