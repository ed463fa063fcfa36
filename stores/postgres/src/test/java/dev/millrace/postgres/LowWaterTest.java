package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.testkit.Jobs;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Claims beside a transaction that keeps the server from clearing away what claims leave behind. */
class LowWaterTest {
    private static final int DONE = 55_000;
    private static final int LEFT = 3_000;
    private static final int CLAIMS = 300;

    private final String schema = "low_" + UUID.randomUUID().toString().substring(0, 8);
    private final UUID session = Jobs.newId();
    private long number;

    @AfterEach
    void drop() {
        Servers.NEW.run("DROP SCHEMA " + schema + " CASCADE");
    }

    @Test
    void claims_step_over_the_dead_rows_of_a_long_transaction_and_miss_nothing() throws Exception {
        try (Connection old = Servers.NEW.connect()) {
            ClaimedJob early;
            try (PostgresStore store = open()) {
                fill(store);
                old.setAutoCommit(false);
                old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                old.createStatement().execute("SELECT 1");
                early = claim(store, 1).claimed().get(0);
                process(store);
            }
            long before = RowsRead.of(Servers.NEW, schema).get("job_ready"); // dead ones are told of with them
            try (PostgresStore store = open()) {
                awaitMarks(store);
                for (int i = 0; i < CLAIMS; i++) {
                    assertThat(claim(store, 1).claimed()).hasSize(1);
                }
            }
            // from the head on, as is done only now and then, each would have read all that was claimed before it
            assertThat(RowsRead.of(Servers.NEW, schema).get("job_ready") - before)
                    .isLessThan((long) CLAIMS * DONE / 3);

            try (PostgresStore store = open()) {
                awaitMarks(store);
                assertThat(claimsAtOnce(store, job(5))).isTrue();
                assertThat(claimsAtOnce(store, job(7))).isTrue();
                assertThat(claimsBesideLockedRows(store)).hasSize(16);
                handBack(store, early);
                assertThat(claimedInTime(store, early.spec().id())).isTrue();
                assertThat(store.verify()).isEmpty();
            }
        }
    }

    @Test
    void a_claim_by_marks_that_finds_less_than_it_wants_says_when_to_look_again() throws Exception {
        try (Connection old = Servers.NEW.connect()) {
            old.setAutoCommit(false);
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (PostgresStore store = open()) {
                fill(store);
                old.createStatement().execute("SELECT 1");
                process(store);
            }
            RowsRead.of(Servers.NEW, schema);
            try (PostgresStore store = open()) {
                awaitMarks(store);
                claim(store, 10 * LEFT);

                assertThat(latch(() -> claim(store, 10).nextDue() != null)).isTrue();
                // and once all has been seen, it says nothing: an idle worker asks for nothing
                assertThat(latch(() -> claim(store, 10).nextDue() == null)).isTrue();
            }
        }
    }

    private PostgresStore open() {
        PostgresStore store = (PostgresStore) Stores.open(
                Servers.NEW.server().url() + "?pool.size=2&application_name=" + schema + "&schema=" + schema);
        store.openSession(new SessionOpening(session, "worker", "{}"));
        return store;
    }

    private static NewJob job(int priority) {
        return NewJob.now(
                JobSpec.plain(Jobs.newId(), Jobs.WORK, "default", new byte[0]).withPriority(priority));
    }

    private static void fill(PostgresStore store) {
        for (int left = DONE + LEFT; left > 0; left -= 1_000) {
            List<NewJob> jobs = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                jobs.add(job(i % 3 == 0 ? 1 : 0).withFreshId());
            }
            store.enqueue(jobs);
        }
    }

    private ExchangeReply claim(PostgresStore store, int limit) {
        return exchange(store, List.of(), limit);
    }

    private ExchangeReply exchange(PostgresStore store, List<Settlement> settlements, int limit) {
        Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1000, limit, 1);
        return store.exchange(new Exchange(session, ++number, settlements, claim));
    }

    private void process(PostgresStore store) {
        List<Settlement> ended = List.of();
        for (int done = 0; done < DONE; done += ended.size()) {
            ended = exchange(store, ended, 1_000).claimed().stream()
                    .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                    .toList();
        }
        exchange(store, ended, 0);
    }

    /** The server tells of dead rows in its own time. */
    private void awaitMarks(PostgresStore store) {
        assertThat(latch(() -> {
                    exchange(store, List.of(), 0);
                    return store.skipsDeadRows();
                }))
                .isTrue();
    }

    private boolean claimsAtOnce(PostgresStore store, NewJob job) {
        store.enqueue(List.of(job));
        return claim(store, 1).claimed().get(0).spec().id().equals(job.spec().id());
    }

    /** Claims while others hold the rows at the head, as their claims do. */
    private List<ClaimedJob> claimsBesideLockedRows(PostgresStore store) throws SQLException {
        try (Connection other = Servers.NEW.connect()) {
            other.setAutoCommit(false);
            other.createStatement()
                    .execute("SELECT id FROM " + schema
                            + ".job WHERE state = 2 ORDER BY priority DESC, due, seq LIMIT 1000 FOR UPDATE");
            return claim(store, 16).claimed();
        }
    }

    private void handBack(PostgresStore store, ClaimedJob job) {
        exchange(store, List.of(Settlement.of(job.run(), new Outcome.HandedBack(false))), 0);
    }

    private boolean claimedInTime(PostgresStore store, UUID job) {
        return latch(() -> claim(store, 1).claimed().stream()
                .anyMatch(each -> each.spec().id().equals(job)));
    }

    private static boolean latch(java.util.function.BooleanSupplier condition) {
        Instant deadline = Instant.now().plus(Duration.ofSeconds(60));
        while (Instant.now().isBefore(deadline)) {
            if (condition.getAsBoolean()) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }
}
