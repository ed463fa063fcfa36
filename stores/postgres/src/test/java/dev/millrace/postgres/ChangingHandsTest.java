package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Beat;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Store;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.testkit.Jobs;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens between a statement's look at the rows and its locks on them. */
class ChangingHandsTest {
    private static final int LATCH = 77_001;

    private final String schema = "changing_" + UUID.randomUUID().toString().substring(0, 8);
    private final UUID dead = Jobs.newId();
    private final UUID live = Jobs.newId();
    private Store store;

    @BeforeEach
    void open() {
        store = Stores.open(Servers.NEW.server().url() + "?schema=" + schema);
        store.openSession(new SessionOpening(dead, "dead", "{}"));
        store.openSession(new SessionOpening(live, "live", "{}"));
    }

    @AfterEach
    void close() {
        store.close();
        Servers.NEW.run("DROP SCHEMA " + schema + " CASCADE");
    }

    @Test
    void a_job_that_a_live_session_claims_while_a_rescue_is_under_way_is_not_taken_from_it() throws Exception {
        UUID id = Jobs.newId();
        store.enqueue(List.of(NewJob.now(JobSpec.plain(id, Jobs.WORK, Jobs.QUEUE, new byte[0]))));
        ClaimedJob run = store.exchange(new Exchange(
                        dead,
                        1,
                        List.of(),
                        new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1000, 1, 1)))
                .claimed()
                .get(0);
        store.closeSession(dead);
        makeRescuesWaitForTheLatch();
        ExecutorService threads = Executors.newSingleThreadExecutor();

        try (Connection latch = Servers.NEW.connect();
                Statement statement = latch.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + LATCH + ")");
            Future<SweepReport> sweeping = threads.submit(() -> store.sweep(new Sweep(Duration.ofSeconds(30), 100)));
            awaitSomeoneAtTheLatch(latch);
            // the dead session's late hand-back, and another's claim
            Servers.NEW.run("UPDATE " + schema + ".job SET token = token + 1, session = '" + live + "' WHERE id = '"
                    + id + "'");
            statement.execute("SELECT pg_advisory_unlock(" + LATCH + ")");

            assertThat(sweeping.get().rescued()).isZero();
        } finally {
            threads.shutdown();
        }
        assertThat(store.beat(new Beat(live, "{}", List.of())).held())
                .extracting(held -> held.run().token())
                .containsExactly(run.token() + 1);
    }

    /** Sessions become a view that holds the statement of a rescue up once it has begun. */
    private void makeRescuesWaitForTheLatch() {
        Servers.NEW.run("ALTER TABLE " + schema + ".session RENAME TO all_sessions");
        Servers.NEW.run(
                "CREATE FUNCTION " + schema + ".held_up(closed bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$"
                        + " BEGIN IF current_query() LIKE '%NOT EXISTS%SKIP LOCKED%' THEN"
                        + " PERFORM pg_advisory_xact_lock_shared(" + LATCH + "); END IF; RETURN true; END $$");
        Servers.NEW.run("CREATE VIEW " + schema + ".session AS SELECT * FROM " + schema + ".all_sessions WHERE "
                + schema + ".held_up(closed)");
    }

    private static void awaitSomeoneAtTheLatch(Connection connection) throws SQLException {
        Latch.await(
                connection,
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = " + LATCH + " AND NOT granted");
    }
}
