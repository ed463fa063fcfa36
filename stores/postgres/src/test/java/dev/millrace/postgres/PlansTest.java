package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** The server keeps a plan for as long as a connection lasts, so one that was made at a bad moment must be good all the same. */
@Isolated
class PlansTest {
    private static final int BATCH = 500;
    private static final int BATCHES = 60;
    private static final int ROUNDS = 9;
    /** A plan that reads the table for each job reads half of it five hundred times in one exchange. */
    private static final long FEW = 20L * BATCH * BATCHES;

    @Test
    void plans_made_while_the_table_was_empty_are_good_when_it_is_full_on_the_newest_server() throws SQLException {
        plansMadeWhileEmptyAreGood(Servers.NEW);
    }

    @Test
    void plans_made_while_the_table_was_empty_are_good_when_it_is_full_on_an_old_server() throws SQLException {
        plansMadeWhileEmptyAreGood(Servers.OLD);
    }

    private static void plansMadeWhileEmptyAreGood(Servers servers) throws SQLException {
        String schema = "plans_" + UUID.randomUUID().toString().substring(0, 8);
        try {
            fillAfterPlanning(servers, schema);

            assertThat(RowsRead.of(servers, schema))
                    .hasSizeGreaterThan(5)
                    .allSatisfy((place, rows) -> assertThat(rows).as(place).isLessThan(FEW));
        } finally {
            servers.run("DROP SCHEMA " + schema + " CASCADE");
        }
    }

    private static void fillAfterPlanning(Servers servers, String schema) {
        String address = servers.server().url() + "?pool.size=2&application_name=" + schema + "&schema=" + schema;
        try (Store store = Stores.open(address)) {
            for (String table : List.of("job", "history_1", "tombstone")) {
                servers.run("ALTER TABLE " + schema + "." + table + " SET (autovacuum_enabled = off)");
            }
            UUID session = Jobs.newId();
            store.openSession(new SessionOpening(session, "worker", "{}"));
            long number = 0;
            List<ClaimedJob> held = List.of();
            // every text becomes a prepared one, and its plan is made when all its tables have no pages
            for (int round = 0; round < 12; round++) {
                store.enqueue(jobs(1));
                held = exchange(store, session, ++number, held);
            }
            for (String table : List.of("job", "history_1", "tombstone")) {
                servers.run("DELETE FROM " + schema + "." + table);
                servers.run("VACUUM (ANALYZE) " + schema + "." + table);
            }
            // the same texts again, planned anew, which find nothing
            exchange(store, session, ++number, held);
            held = exchange(store, session, ++number, List.of());

            for (int batch = 0; batch < BATCHES; batch++) {
                store.enqueue(jobs(BATCH));
            }
            for (int round = 0; round < ROUNDS; round++) {
                held = exchange(store, session, ++number, held);
                assertThat(held).hasSize(BATCH);
            }
        }
    }

    private static List<ClaimedJob> exchange(Store store, UUID session, long number, List<ClaimedJob> held) {
        List<Settlement> outcomes = held.stream()
                .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                .toList();
        Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1000, BATCH, 1);
        return store.exchange(new Exchange(session, number, outcomes, claim)).claimed();
    }

    private static List<NewJob> jobs(int count) {
        return Stream.generate(() -> NewJob.now(JobSpec.plain(Jobs.newId(), Jobs.WORK, Jobs.QUEUE, new byte[100])))
                .limit(count)
                .toList();
    }
}
