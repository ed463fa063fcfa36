package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.StoreException;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Finding;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.SweepReport;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How finished jobs go by whole segments, and what must not be lost with one. */
class SegmentsTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration KEPT = Duration.ofHours(4);
    private static final Retention RETENTION = new Retention(KEPT, KEPT, Duration.ofDays(30), 1_000_000);
    /** Enough for a segment to go as a whole. */
    private static final int MANY = Segment.MANY + 200;

    private final String schema = "segments_" + UUID.randomUUID().toString().substring(0, 8);
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private Store store = open(RETENTION);
    private StoreDriver driver = new StoreDriver(store, clock);

    private Store open(Retention retention) {
        return Stores.open(Servers.NEW.server().url() + "?socket_timeout=5m&schema=" + schema, clock, retention);
    }

    private void reopen(Retention retention) {
        store.close();
        store = open(retention);
        driver = new StoreDriver(store, clock);
    }

    @AfterEach
    void close() {
        threads.shutdown();
        assertThat(store.verify()).isEmpty();
        store.close();
        Servers.NEW.run("DROP SCHEMA " + schema + " CASCADE");
    }

    @Test
    void a_segment_goes_as_a_whole_when_it_was_closed_for_as_long_as_its_jobs_are_kept() throws SQLException {
        List<UUID> first = succeed(store, Jobs.many(MANY, Jobs.WORK));
        driver.sweep();
        clock.advance(MINUTE);
        List<UUID> second = succeed(store, Jobs.many(10, Jobs.WORK));
        assertThat(number("SELECT count(*) FROM %s.history_2")).isEqualTo(10);

        clock.advance(KEPT.minus(MINUTE.multipliedBy(2)));
        assertThat(driver.sweep().purged()).isZero();
        clock.advance(MINUTE);
        assertThat(driver.sweep().purged()).isEqualTo(MANY);

        assertThat(store.get(first)).isEmpty();
        assertThat(store.get(second)).hasSize(10);
        assertThat(succeeded()).isEqualTo(10);
        assertThat(number("SELECT pg_relation_size('%s.history_1')")).isZero();
        assertThat(number("SELECT count(*) FROM %s.tombstone")).isZero();
    }

    @Test
    void the_ring_goes_round_for_as_long_as_there_is_work() throws SQLException {
        int most = 0;
        for (int part = 0; part < 14; part++) {
            succeed(store, Jobs.many(MANY, Jobs.WORK));
            driver.sweep();
            most = Math.max(most, (int) succeeded());
            clock.advance(KEPT.dividedBy(Ring.PARTS));
        }

        assertThat(most).isEqualTo(Ring.PARTS * MANY);
        assertThat(number("SELECT count(*) FROM %s.segment WHERE opened IS NOT NULL"))
                .isEqualTo(Ring.PARTS + 1);
    }

    @Test
    void the_ids_of_jobs_that_ended_less_than_an_hour_ago_stay_known() {
        reopen(RETENTION.keepSucceeded(MINUTE.multipliedBy(10)));
        List<JobDraft> drafts = Jobs.many(MANY, Jobs.WORK);
        succeed(store, drafts);
        driver.sweep();
        clock.advance(MINUTE.multipliedBy(10));
        assertThat(driver.sweep().purged()).isEqualTo(MANY);

        clock.advance(MINUTE.multipliedBy(49));
        assertThat(driver.offer(drafts.get(0)))
                .isEqualTo(new Answer.Known(drafts.get(0).id()));
        clock.advance(MINUTE.multipliedBy(2));
        assertThat(driver.offer(drafts.get(0)))
                .isEqualTo(new Answer.Stored(drafts.get(0).id()));
        driver.sweep();
        driver.sweep();
    }

    @Test
    void above_the_most_the_oldest_segment_goes() {
        reopen(RETENTION.atMost(3 * MANY));
        List<UUID> oldest = succeed(store, Jobs.many(MANY, Jobs.WORK));
        driver.sweep();
        List<UUID> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            clock.advance(MINUTE);
            others.addAll(succeed(store, Jobs.many(MANY, Jobs.WORK)));
            assertThat(succeeded() > 3 * MANY || driver.sweep().purged() == 0).isTrue();
        }

        assertThat(driver.sweep().purged()).isEqualTo(MANY);
        assertThat(store.get(oldest)).isEmpty();
        assertThat(store.get(others)).hasSize(3 * MANY);
    }

    @Test
    void what_lies_beside_the_rows_of_a_segment_goes_with_them() throws SQLException {
        succeed(store, Jobs.many(MANY, Jobs.WORK));
        succeed(store, tagged(5));
        driver.sweep();
        clock.advance(KEPT);

        assertThat(driver.sweep().purged()).isEqualTo(MANY + 5);

        assertThat(number("SELECT (SELECT count(*) FROM %s.payload) + (SELECT count(*) FROM %1$s.spec)"))
                .isZero();
        assertThat(store.counts()).isEmpty();
    }

    @Test
    void what_is_kept_for_longer_outlives_its_segment_with_all_that_lies_beside_it() throws SQLException {
        List<UUID> longer;
        try (Store other = open(RETENTION.keepSucceeded(KEPT.multipliedBy(2)))) {
            longer = succeed(other, tagged(20));
        }
        succeed(store, tagged(10));
        fillOneUntilItsTimeHasCome();

        assertThat(driver.sweep().purged()).isEqualTo(10 + MANY);

        assertThat(store.get(longer))
                .hasSize(20)
                .allSatisfy(job -> assertThat(job.spec().labels().tags()).containsExactly("a tag"));
        assertThat(number("SELECT pg_relation_size('%s.history_1')")).isZero();
        clock.advance(KEPT.minus(MINUTE));
        assertThat(driver.sweep().purged()).isZero();
        clock.advance(MINUTE);
        assertThat(driver.sweep().purged()).isEqualTo(20);
    }

    @Test
    void above_the_most_what_has_rows_aside_goes_sweep_by_sweep_until_no_more_are_kept() throws SQLException {
        int many = 2 * MANY;
        reopen(RETENTION.atMost(many));
        succeed(store, tagged(many));
        driver.sweep();
        succeed(store, Jobs.many(many, Jobs.WORK));

        while (driver.sweep().more()) {
            // each deletes a part
        }

        assertThat(succeeded()).isBetween(many / 2L, (long) many);
    }

    @Test
    void a_job_of_a_process_that_keeps_jobs_for_longer_outlives_its_segment() {
        List<UUID> longer;
        try (Store other = open(RETENTION.keepSucceeded(KEPT.multipliedBy(2)))) {
            longer = succeed(other, Jobs.many(20, Jobs.WORK));
        }
        fillOneUntilItsTimeHasCome();

        assertThat(driver.sweep().purged()).isEqualTo(MANY);

        assertThat(store.get(longer)).hasSize(20);
        clock.advance(KEPT.minus(MINUTE));
        assertThat(driver.sweep().purged()).isZero();
        clock.advance(MINUTE);
        assertThat(driver.sweep().purged()).isEqualTo(20);
    }

    @Test
    void a_job_that_ends_while_its_segment_is_closed_and_emptied_is_not_lost() throws Exception {
        succeed(store, Jobs.many(MANY, Jobs.WORK));
        driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        ClaimedJob late = session.claimNext();

        try (Store sweeping = open(RETENTION);
                Latch latch = Latch.beforeDeleting(late.spec().id(), Servers.NEW, schema, "job")) {
            Future<?> ending = threads.submit(() -> session.succeed(late));
            latch.awaitSomeone();
            StoreDriver other = new StoreDriver(sweeping, clock);
            other.sweep();
            clock.advance(KEPT);
            assertThat(other.sweep().purged()).isEqualTo(MANY);
            latch.open();
            ending.get();
        }

        assertThat(number("SELECT count(*) FROM %s.history_1")).isEqualTo(1);
        assertThat(driver.state(late.spec().id())).isEqualTo(JobState.SUCCEEDED);
        assertThat(succeeded()).isEqualTo(1);
        clock.advance(KEPT);
        assertThat(driver.sweep().purged()).isEqualTo(1);
    }

    @Test
    void a_job_whose_end_is_not_committed_when_its_segment_is_to_go_is_waited_for_and_kept() throws SQLException {
        List<UUID> jobs = succeed(store, Jobs.many(MANY + 1, Jobs.WORK));
        UUID late = jobs.get(0);
        Servers.NEW.run("CREATE TABLE " + schema + ".aside AS SELECT * FROM " + schema + ".history WHERE id = '" + late
                + "'; DELETE FROM " + schema + ".history WHERE id = '" + late + "'");
        driver.sweep();
        clock.advance(KEPT);
        try (Connection writer = Servers.NEW.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("UPDATE " + schema + ".aside SET keep_until = keep_until + 60 * 60 * 1000000::bigint;"
                    + " INSERT INTO " + schema + ".history SELECT * FROM " + schema + ".aside");
            assertThat(driver.sweep().purged()).isZero();
            writer.commit();
        }

        clock.advance(MINUTE);
        assertThat(driver.sweep().purged()).isEqualTo(MANY);
        assertThat(driver.exists(late)).isTrue();
    }

    @Test
    void a_segment_that_somebody_reads_stays_until_then_and_the_doctor_says_who() throws SQLException {
        fillOneUntilItsTimeHasCome();
        try (Connection reader = Servers.NEW.connect();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("SET application_name = 'report'; SELECT count(*) FROM " + schema + ".history_1");
            for (int i = 0; i < 3; i++) {
                assertThat(driver.sweep().purged()).isZero();
                clock.advance(MINUTE);
            }

            assertThat(store.examine().findings())
                    .filteredOn(finding -> finding.code().equals("pg-segment"))
                    .extracting(Finding::what)
                    .singleElement()
                    .asString()
                    .contains("history_1", "3 tries", "report");
            reader.rollback();
        }

        assertThat(driver.sweep().purged()).isEqualTo(MANY);
        assertThat(store.examine().findings()).extracting(Finding::code).doesNotContain("pg-segment");
    }

    @Test
    void of_two_sweeps_at_once_one_empties_the_segment() throws Exception {
        fillOneUntilItsTimeHasCome();
        try (Store other = open(RETENTION)) {
            StoreDriver second = new StoreDriver(other, clock);
            Future<SweepReport> sweeping = threads.submit(second::sweep);
            int purged = driver.sweep().purged() + sweeping.get().purged();
            clock.advance(MINUTE); // each may have been in the other's way

            assertThat(purged + driver.sweep().purged()).isEqualTo(MANY);
        }
        assertThat(store.counts()).isEmpty();
    }

    @Test
    void a_sweep_that_dies_in_the_middle_of_it_loses_nothing_and_another_goes_on() throws Exception {
        fillOneUntilItsTimeHasCome();
        try (Latch latch = Latch.before("TRUNCATE", Servers.NEW, schema, "history_1")) {
            Future<SweepReport> sweeping = threads.submit(() -> driver.sweep());
            latch.awaitSomeone();
            Servers.NEW.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    + " AND query LIKE '%TRUNCATE%" + schema + "%'");
            assertThatThrownBy(sweeping::get).hasCauseInstanceOf(StoreException.class);
        }
        assertThat(succeeded()).isEqualTo(MANY);
        assertThat(store.verify()).isEmpty();

        clock.advance(MINUTE);
        assertThat(driver.sweep().purged()).isEqualTo(MANY);
    }

    private void fillOneUntilItsTimeHasCome() {
        succeed(store, Jobs.many(MANY, Jobs.WORK));
        driver.sweep();
        clock.advance(KEPT);
    }

    /** Runs jobs, and gives their ids. */
    static List<UUID> succeed(Store store, List<JobDraft> drafts) {
        List<UUID> ids = drafts.stream().map(JobDraft::id).toList();
        store.enqueue(drafts.stream().map(JobDraft::newJob).toList());
        SessionDriver session = new StoreDriver(store, new ManualClock(Instant.EPOCH)).session();
        int done = 0;
        while (done < ids.size()) {
            List<ClaimedJob> claimed = session.claim(500);
            assertThat(claimed).isNotEmpty();
            session.settle(claimed.stream()
                    .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                    .toList());
            done += claimed.size();
        }
        return ids;
    }

    /** Jobs that have rows aside. */
    private static List<JobDraft> tagged(int count) {
        return Stream.generate(() -> Jobs.work().tag("a tag").payload(new byte[2_000]))
                .limit(count)
                .toList();
    }

    private long succeeded() {
        return store.counts().stream()
                .filter(count -> count.state() == JobState.SUCCEEDED)
                .mapToLong(JobCount::count)
                .sum();
    }

    private long number(String query) throws SQLException {
        try (Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(String.format(query, schema))) {
            row.next();
            return row.getLong(1);
        }
    }
}
