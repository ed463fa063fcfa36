package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Claims of a worker of all queues, where there is a queue for each of many tenants. */
class ManyLanesTest {
    private static final int PAST = 20_000;
    private static final int DEEP = 200;
    private static final int DEPTH = 600;
    private static final int LIMIT = 500;

    private final String schema = "many_" + UUID.randomUUID().toString().substring(0, 8);
    private final UUID session = Jobs.newId();
    private long number;

    @Test
    void a_claim_reads_about_what_it_claims_on_the_newest_server() throws Exception {
        aClaimReadsAboutWhatItClaims(Servers.NEW);
    }

    @Test
    void a_claim_reads_about_what_it_claims_on_an_old_server() throws Exception {
        aClaimReadsAboutWhatItClaims(Servers.OLD);
    }

    private void aClaimReadsAboutWhatItClaims(Servers servers) throws SQLException {
        try {
            open(servers).close();
            servers.run("INSERT INTO " + schema + ".lane (lane, queue, kind) SELECT n, 'tenant ' || n, 'work'"
                    + " FROM generate_series(1, " + PAST + ") AS n");
            // one tenant after the other: the best jobs are all of few lanes
            servers.run("INSERT INTO " + schema + ".job (id, lane, state, priority, due, created, payload)"
                    + " SELECT gen_random_uuid(), 1 + 90 * (n / " + DEPTH + "), 2, 0, n, 0, ''"
                    + " FROM generate_series(0, " + (DEEP * DEPTH - 1) + ") AS n");
            servers.run("INSERT INTO " + schema + ".tally (lane, ready) SELECT lane, count(*) FROM " + schema
                    + ".job GROUP BY lane");
            try (Store store = open(servers)) {
                store.openSession(new SessionOpening(session, "worker", "{}"));

                assertThat(claim(store, LIMIT))
                        .hasSize(LIMIT)
                        .extracting(job -> job.spec().queue())
                        .containsOnly("tenant 1");
            }

            assertThat(RowsRead.of(servers, schema).get("job_ready")).isLessThan(DEEP * DEPTH / 4);
            assertThat(RowsRead.looks(servers, schema))
                    .allSatisfy((place, looks) -> assertThat(looks).as(place).isLessThan(PAST / 10));
        } finally {
            servers.run("DROP SCHEMA " + schema + " CASCADE");
        }
    }

    @Test
    void jobs_of_deep_and_of_shallow_lanes_are_claimed_by_priority_then_arrival() {
        try (Store store = open(Servers.NEW)) {
            store.openSession(new SessionOpening(session, "worker", "{}"));
            List<NewJob> jobs = new ArrayList<>();
            for (int i = 0; i < 2_400; i++) {
                // the first hundreds are of few tenants, then all take turns
                int tenant = i < 800 ? i / 200 : i % 160;
                jobs.add(job("tenant " + tenant, i % 7 == 0 ? 1 : 0));
            }
            store.enqueue(jobs);
            List<UUID> expected = new ArrayList<>();
            for (int priority = 1; priority >= 0; priority--) {
                for (NewJob job : jobs) {
                    if (job.spec().priority() == priority) {
                        expected.add(job.spec().id());
                    }
                }
            }

            List<UUID> claimed = new ArrayList<>();
            for (int limit : List.of(1, 150, 7, 700, 42, 1_500)) {
                claim(store, limit).forEach(job -> claimed.add(job.spec().id()));
            }

            assertThat(claimed).isEqualTo(expected);
            assertThat(store.verify()).isEmpty();
        } finally {
            Servers.NEW.run("DROP SCHEMA " + schema + " CASCADE");
        }
    }

    private Store open(Servers servers) {
        return Stores.open(servers.server().url() + "?pool.size=2&application_name=" + schema + "&schema=" + schema);
    }

    private static NewJob job(String queue, int priority) {
        return NewJob.now(
                JobSpec.plain(Jobs.newId(), Jobs.WORK, queue, new byte[0]).withPriority(priority));
    }

    private List<ClaimedJob> claim(Store store, int limit) {
        Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1000, limit, 1);
        return store.exchange(new Exchange(session, ++number, List.of(), claim)).claimed();
    }
}
