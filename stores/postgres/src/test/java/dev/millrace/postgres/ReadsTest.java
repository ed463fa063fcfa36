package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.spi.Beat;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.Sweep;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the calls read of tables that are full of others' jobs, by plans that were made while these were empty. */
class ReadsTest {
    private static final int OTHERS = 60_000;

    private final String schema = "reads_" + UUID.randomUUID().toString().substring(0, 8);
    private final UUID session = Jobs.newId();
    private long number;

    @Test
    void no_call_reads_the_jobs_of_others_on_the_newest_server() throws Exception {
        noCallReadsTheJobsOfOthers(Servers.NEW);
    }

    @Test
    void no_call_reads_the_jobs_of_others_on_an_old_server() throws Exception {
        noCallReadsTheJobsOfOthers(Servers.OLD);
    }

    private void noCallReadsTheJobsOfOthers(Servers servers) throws Exception {
        String address = servers.server().url() + "?pool.size=2&application_name=" + schema + "&schema=" + schema;
        try {
            try (Store store = Stores.open(address)) {
                store.openSession(new SessionOpening(session, "worker", "{}"));
                for (String table : List.of("job", "history_1", "tag")) {
                    servers.run("ALTER TABLE " + schema + "." + table + " SET (autovacuum_enabled = off)");
                }
                // the server would summarize new rows for its block ranges whenever it comes to it, and count them as
                // read
                servers.run("DO $$ DECLARE i regclass; BEGIN FOR i IN SELECT c.oid FROM pg_class AS c"
                        + " JOIN pg_am AS a ON a.oid = c.relam WHERE a.amname = 'brin' AND c.relkind = 'i'"
                        + " AND c.relnamespace = '" + schema + "'::regnamespace"
                        + " LOOP EXECUTE format('ALTER INDEX %s SET (autosummarize = off)', i); END LOOP; END $$");
                // a text becomes a prepared one, with a plan that stays, once it has been used five times
                for (int round = 0; round < 6; round++) {
                    everyCall(store);
                }
                fill(servers);
                everyCall(store);
            }

            assertThat(RowsRead.of(servers, schema))
                    .hasSizeGreaterThan(5)
                    .allSatisfy((place, rows) -> assertThat(rows).as(place).isLessThan(OTHERS / 5));
        } finally {
            servers.run("DROP SCHEMA " + schema + " CASCADE");
        }
    }

    private void fill(Servers servers) {
        servers.run("INSERT INTO " + schema + ".lane (lane, queue, kind) VALUES (1, 'default', 'other')");
        servers.run("INSERT INTO " + schema + ".job (id, lane, state, priority, due, created, payload)"
                + " SELECT gen_random_uuid(), 1, 1 + n % 2, 9, (n % 2) * 9e15::bigint, 0, ''"
                + " FROM generate_series(1, " + OTHERS + ") AS n");
        servers.run("INSERT INTO " + schema
                + ".history (segment, id, seq, lane, state, ended, priority, due, created, payload,"
                + " finished, keep_until, worker) SELECT 1, gen_random_uuid(), nextval('" + schema
                + ".arrival'), 1, 4, 0, 0, 0,"
                + " 0, '', 0, 9e15::bigint, '' FROM generate_series(1, " + OTHERS + ")");
        servers.run("INSERT INTO " + schema + ".tally (lane, scheduled, ready, succeeded) VALUES (1, " + OTHERS / 2
                + ", " + OTHERS / 2 + ", " + OTHERS + ")");
        servers.run("INSERT INTO " + schema + ".tag (tag, id) SELECT 'others', id FROM " + schema + ".job LIMIT 1000");
    }

    private void everyCall(Store store) {
        UUID tagged = Jobs.newId();
        JobSpec plain = JobSpec.plain(tagged, Jobs.WORK, Jobs.QUEUE, new byte[1_000]);
        store.enqueue(List.of(NewJob.now(plain.withLabels(new Labels(Set.of("mine"), Map.of()))
                .withKeys(new Keys(Keys.Unique.of("key " + tagged), null, null)))));
        for (int i = 0; i < 3; i++) {
            store.enqueue(List.of(NewJob.now(JobSpec.plain(Jobs.newId(), Jobs.WORK, Jobs.QUEUE, new byte[1]))));
        }
        for (int size : List.of(1, 2)) {
            List<NewJob> fresh = Stream.generate(
                            () -> NewJob.now(JobSpec.plain(Jobs.newId(), "nobody's", Jobs.QUEUE, new byte[1]))
                                    .withFreshId())
                    .limit(size)
                    .toList();
            store.enqueue(fresh);
        }
        List<ClaimedJob> held = exchange(store, List.of());
        assertThat(held).hasSize(4);
        UUID first = held.get(0).spec().id();
        store.checkpoint(held.get(0).run(), "step", new byte[1]);
        store.beat(new Beat(session, "{}", List.of()));
        exchange(
                store,
                List.of(
                        Settlement.of(held.get(0).run(), new Outcome.Failed(Failure.of("broken", "it broke"))),
                        Settlement.of(held.get(1).run(), new Outcome.Snoozed(Duration.ofHours(1))),
                        Settlement.of(held.get(2).run(), new Outcome.Succeeded(null)),
                        Settlement.of(held.get(3).run(), new Outcome.Succeeded(new byte[1]))));
        store.get(List.of(first, Jobs.newId()));
        store.trail(first);
        store.page(Filter.ALL.withTag("mine"), null, 10);
        store.page(Filter.ALL.withTag("others"), null, 10);
        store.page(Filter.ALL.withStates(Set.of(JobState.FAILED)), null, 10);
        store.page(Filter.ALL.withStates(Set.of(JobState.RUNNING)), null, 10);
        store.page(Filter.ids(Set.of(first)), null, 10);
        store.operate(new Operation.RunAgain(), Filter.ids(Set.of(first)), null, 10);
        store.operate(new Operation.Cancel(), Filter.ids(Set.of(first)), null, 10);
        store.operate(new Operation.Delete(), Filter.ids(Set.of(first)), null, 10);
        store.counts();
        store.sessions();
        store.sweep(new Sweep(Duration.ofSeconds(30), 100));
    }

    private List<ClaimedJob> exchange(Store store, List<Settlement> outcomes) {
        Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1000, 10, 1);
        return store.exchange(new Exchange(session, ++number, outcomes, claim)).claimed();
    }
}
