package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
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
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What it costs that many jobs wait for one, and one for many: counted in round trips and rows, not in time. */
class FlowCostTest {
    private static final int MANY = Boolean.getBoolean("millrace.long") ? 10_000 : 2_000;
    private static final int BATCH = 500;
    /** A batch of 500 children is told in a transaction of about 20 statements; some of the driver's batches take several turns. */
    private static final long TURNS_PER_BATCH = 40;
    /** Each look finds what it asks for at the end of an index, past a few entries that are dead by now. */
    private static final long READ_PER_DEPENDENCY = 12;

    /** So many exchanges are made, of one round trip each. */
    private static final int PLAIN = 9;

    private final String schema = "costs_" + UUID.randomUUID().toString().substring(0, 8);
    private CountingRelay relay;
    private Store store;
    private StoreDriver driver;
    private SessionDriver session;

    @BeforeEach
    void open() throws Exception {
        relay = new CountingRelay(Servers.NEW.server().port());
        store = Stores.open(Servers.NEW.server().url(relay.port()) + "?pool.size=2&application_name=" + schema
                + "&schema=" + schema);
        driver = new StoreDriver(store, new ManualClock(Instant.EPOCH));
        session = driver.session();
    }

    @AfterEach
    void close() throws Exception {
        store.close();
        relay.close();
        Servers.NEW.run("DROP SCHEMA " + schema + " CASCADE");
    }

    private static Settlement success(ClaimedJob run) {
        return Settlement.of(run.run(), new Outcome.Succeeded(null));
    }

    @Test
    void children_are_told_in_batches_whose_cost_does_not_grow_with_their_number() {
        JobDraft parent = Jobs.work();
        List<JobDraft> all = new ArrayList<>(List.of(parent));
        Jobs.many(MANY, "child").forEach(child -> all.add(child.after(parent)));
        driver.enqueue(all);
        ClaimedJob run = session.take(parent.id());

        long before = relay.turns();
        session.settle(success(run));
        driver.settleDown();
        long turns = relay.turns() - before;

        assertThat(store.counts())
                .filteredOn(count -> count.kind().equals("child"))
                .extracting(JobCount::state)
                .containsExactly(JobState.READY);
        assertThat(turns).isLessThan((MANY / BATCH + 3) * TURNS_PER_BATCH);
        assertThat(store.verify()).isEmpty();
    }

    @Test
    void who_enqueues_a_job_with_a_key_does_a_bounded_part_of_what_others_have_left() throws SQLException {
        JobDraft parent = Jobs.work();
        List<JobDraft> all = new ArrayList<>(List.of(parent));
        Jobs.many(3 * BATCH, "child").forEach(child -> all.add(child.after(parent)));
        driver.enqueue(all);
        ClaimedJob run = session.take(parent.id());
        try (Connection connection = Servers.NEW.connect()) {
            connection.setAutoCommit(false);
            store.transactions().orElseThrow().join(connection).succeed(success(run));
            connection.commit();
        }

        JobDraft keyed = Jobs.work().serial("k");
        driver.enqueue(keyed);

        assertThat(driver.state(keyed.id())).isEqualTo(JobState.READY);
        assertThat(store.counts())
                .filteredOn(count -> count.kind().equals("child") && count.state() == JobState.BLOCKED)
                .extracting(JobCount::count)
                .containsExactly(2L * BATCH);
        driver.settleDown();
        assertThat(driver.state(all.get(3 * BATCH).id())).isEqualTo(JobState.READY);
    }

    @Test
    void children_of_a_parent_that_a_transaction_has_locked_are_not_written_again_while_they_wait()
            throws SQLException {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        ClaimedJob run = session.take(parent.id());
        List<JobDraft> children = Jobs.many(2 * BATCH + 200, "child");
        try (Connection connection = Servers.NEW.connect()) {
            connection.setAutoCommit(false);
            store.transactions().orElseThrow().join(connection).succeed(success(run));
            driver.enqueue(children.stream().map(child -> child.after(parent)).toList());

            long before = outboxRowsWritten();
            for (int i = 0; i < PLAIN; i++) {
                session.claim(1);
            }
            assertThat(outboxRowsWritten()).isEqualTo(before);
            connection.commit();
        }

        driver.settleDown();
        assertThat(store.counts())
                .filteredOn(count -> count.kind().equals("child"))
                .extracting(JobCount::state)
                .containsExactly(JobState.READY);
    }

    /** How many there have ever been. */
    private long outboxRowsWritten() throws SQLException {
        try (Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT last_value FROM " + schema + ".outbox_seq_seq")) {
            assertThat(row.next()).isTrue();
            return row.getLong(1);
        }
    }

    @Test
    void no_end_of_many_parents_reads_what_else_their_child_waits_for() throws SQLException {
        List<JobDraft> parents = Jobs.many(MANY, Jobs.WORK);
        JobDraft child = Jobs.plain("child").after(parents.toArray(JobDraft[]::new));
        List<JobDraft> all = new ArrayList<>(parents);
        all.add(child);
        driver.enqueue(all);

        for (int ended = 0; ended < MANY; ended += BATCH) {
            assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
            session.settle(
                    session.claim(BATCH).stream().map(FlowCostTest::success).toList());
        }
        driver.settleDown();

        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
        store.close();
        assertThat(RowsRead.ofDependencies(Servers.NEW, schema))
                .hasSizeGreaterThan(3)
                .allSatisfy((place, rows) -> assertThat(rows).as(place).isLessThan(MANY * READ_PER_DEPENDENCY));
    }

    /** Those of a group that hold their slots, those that wait for one, and those whose time has not come. */
    @Test
    void beside_idle_jobs_of_groups_an_exchange_costs_no_round_trip_more() {
        JobDraft first = Jobs.plain("other").serial("k");
        driver.enqueue(List.of(
                first,
                Jobs.plain("other").serial("k"),
                Jobs.plain("other").serial("l").in(Duration.ofHours(1))));
        driver.settleDown();

        assertThat(turnsOfPlainExchanges()).isEqualTo(1);
        driver.session("another", "other").take(first.id());
        assertThat(turnsOfPlainExchanges()).isEqualTo(1);
    }

    /** The middle one of some measures: the driver prepares a text on the server once it has been used a few times. */
    private long turnsOfPlainExchanges() {
        List<ClaimedJob> held = List.of();
        long[] turns = new long[PLAIN];
        for (int i = 0; i < PLAIN; i++) {
            driver.enqueue(Jobs.work());
            long before = relay.turns();
            List<Settlement> ended = held.stream().map(FlowCostTest::success).toList();
            held = session.exchange(ended, session.next(new Claim.Queues.AllBut(Set.of()), 1))
                    .claimed();
            turns[i] = relay.turns() - before;
            assertThat(held).hasSize(1);
        }
        Arrays.sort(turns);
        session.settle(success(held.get(0)));
        return turns[PLAIN / 2];
    }
}
