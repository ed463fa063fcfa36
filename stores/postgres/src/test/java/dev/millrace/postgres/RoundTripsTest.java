package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Failure;
import dev.millrace.spi.Beat;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** How often a call waits for the network. */
@Isolated
class RoundTripsTest {
    /** The driver prepares a text on the server once it has been used five times. */
    private static final int WARM_UP = 8;
    /** How many calls are measured; a lone one may be cut into two pieces on its way. */
    private static final int TRIES = 9;

    private static final int BATCH = 500;

    private final String schema = Servers.NEW.schema();
    private final UUID session = Jobs.newId();
    private CountingRelay relay;
    private Store store;
    private long number;

    @BeforeEach
    void open() throws Exception {
        relay = new CountingRelay(Servers.NEW.server().port());
        store = Stores.open(Servers.NEW.server().url(relay.port()) + "?schema=" + schema);
        store.openSession(new SessionOpening(session, "worker", "{}"));
    }

    @AfterEach
    void close() throws Exception {
        store.close();
        relay.close();
        Servers.NEW.recycle(schema);
    }

    @Test
    void an_exchange_of_five_hundred_outcomes_and_five_hundred_claims_is_one_round_trip() {
        for (int i = 0; i <= WARM_UP + TRIES; i++) {
            store.enqueue(jobs());
        }
        List<ClaimedJob> held = exchange(List.of()).claimed();
        long[] turns = new long[WARM_UP + TRIES];
        for (int i = 0; i < turns.length; i++) {
            long before = relay.turns();
            ExchangeReply reply = exchange(succeeded(held));
            turns[i] = relay.turns() - before;
            assertThat(reply.answers()).hasSize(BATCH).containsOnly(SettleAnswer.APPLIED);
            assertThat(reply.claimed()).hasSize(BATCH);
            held = reply.claimed();
        }
        assertThat(median(turns)).isEqualTo(1);
    }

    @Test
    void a_batch_of_five_hundred_jobs_is_stored_in_one_round_trip() {
        long[] turns = new long[WARM_UP + TRIES];
        for (int i = 0; i < turns.length; i++) {
            long before = relay.turns();
            store.enqueue(jobs());
            turns[i] = relay.turns() - before;
        }
        assertThat(median(turns)).isEqualTo(1);
    }

    @Test
    void an_exchange_is_one_transaction_however_often_it_was_made() throws Exception {
        store.enqueue(jobs());
        UUID settled = null;
        UUID claimed = null;
        List<ClaimedJob> held = List.of();
        for (int i = 0; i < 20; i++) {
            settled = held.isEmpty() ? null : held.get(0).spec().id();
            held = exchange(succeeded(held), 3).claimed();
            claimed = held.get(0).spec().id();
        }

        assertThat(transaction("history", settled)).isEqualTo(transaction("job", claimed));
    }

    @Test
    void a_beat_is_one_round_trip() {
        long[] turns = new long[WARM_UP + TRIES];
        for (int i = 0; i < turns.length; i++) {
            long before = relay.turns();
            assertThat(store.beat(new Beat(session, "{}", List.of())).open()).isTrue();
            turns[i] = relay.turns() - before;
        }
        assertThat(median(turns)).isEqualTo(1);
    }

    /** Which transaction wrote a job's row. */
    private String transaction(String table, UUID id) throws SQLException {
        try (Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT xmin::text FROM " + schema + "." + table + " WHERE id = '" + id + "'")) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static long median(long[] turns) {
        long[] warm = Arrays.copyOfRange(turns, WARM_UP, turns.length);
        Arrays.sort(warm);
        return warm[warm.length / 2];
    }

    @Test
    void five_hundred_failures_cost_a_number_of_round_trips_that_does_not_grow_with_them() {
        long few = failing(5);
        long many = failing(BATCH);

        assertThat(many).isLessThanOrEqualTo(few + 4).isLessThan(24);
    }

    /** The middle one of some measures. */
    private long failing(int count) {
        long[] turns = new long[5];
        for (int i = 0; i < turns.length; i++) {
            turns[i] = failingOnce(count);
        }
        Arrays.sort(turns);
        return turns[turns.length / 2];
    }

    private long failingOnce(int count) {
        store.enqueue(jobs().subList(0, count));
        List<ClaimedJob> held = exchange(List.of()).claimed();
        assertThat(held).hasSize(count);
        List<Settlement> failures = held.stream()
                .map(job -> Settlement.of(job.run(), new Outcome.Failed(Failure.of("broken", "it broke"))))
                .toList();
        long before = relay.turns();
        assertThat(exchange(failures).answers()).containsOnly(SettleAnswer.APPLIED);
        return relay.turns() - before;
    }

    private ExchangeReply exchange(List<Settlement> outcomes) {
        return exchange(outcomes, BATCH);
    }

    private ExchangeReply exchange(List<Settlement> outcomes, int limit) {
        Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1000, limit, 1);
        return store.exchange(new Exchange(session, ++number, outcomes, claim));
    }

    private static List<Settlement> succeeded(List<ClaimedJob> jobs) {
        List<Settlement> outcomes = new ArrayList<>();
        jobs.forEach(job -> outcomes.add(Settlement.of(job.run(), new Outcome.Succeeded(null))));
        return outcomes;
    }

    private static List<NewJob> jobs() {
        return Stream.generate(() -> NewJob.now(JobSpec.plain(Jobs.newId(), Jobs.WORK, Jobs.QUEUE, new byte[100])))
                .limit(BATCH)
                .toList();
    }
}
