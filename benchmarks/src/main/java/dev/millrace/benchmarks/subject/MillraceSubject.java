package dev.millrace.benchmarks.subject;

import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Millrace, everything at its default. A place is a schema. */
final class MillraceSubject implements Claiming {
    private static final JobType<String, Void> NOOP = JobType.of("noop", String.class);
    private static final Claim NEXT =
            new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(NOOP.kind()), Integer.MIN_VALUE, BATCH, 0);

    private final Server server;
    private @Nullable Millrace millrace;
    private @Nullable Worker worker;
    private @Nullable String schema;

    MillraceSubject(Server server) {
        this.server = server;
    }

    @Override
    public void clear(String place) throws SQLException {
        close();
        if (schema != null) {
            try (Connection connection = server.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
            }
        }
        join(place);
    }

    @Override
    public void join(String place) {
        close();
        schema = place;
        millrace = Millrace.open(server.url() + "?schema=" + place);
    }

    @Override
    public void bulk(int jobs) {
        open().enqueueEach(IntStream.range(0, jobs).mapToObj(i -> NOOP.with(Handled.payload(i))));
    }

    @Override
    public void enqueue(int number) {
        open().enqueue(NOOP, Handled.payload(number));
    }

    @Override
    public void start() {
        worker = open().worker()
                .handle(NOOP, (payload, job) -> Handled.ran(Handled.number(payload)))
                .start();
    }

    @Override
    public void stop() {
        if (worker != null) {
            worker.close();
            worker = null;
        }
    }

    @Override
    public long unfinished() {
        return open().store().counts().stream()
                .filter(count -> count.state() != JobState.SUCCEEDED)
                .mapToLong(JobCount::count)
                .sum();
    }

    @Override
    public long claimRound() {
        Store store = open().store();
        UUID session = UUID.randomUUID();
        store.openSession(new SessionOpening(session, "benchmark", "{}"));
        List<Settlement> settlements = List.of();
        long claimed = 0;
        long number = 0;
        long start = System.nanoTime();
        while (claimed < ROUND) {
            ExchangeReply reply = store.exchange(new Exchange(session, ++number, settlements, NEXT));
            if (reply.claimed().isEmpty()) {
                throw new IllegalStateException("only " + claimed + " jobs were there to claim");
            }
            settlements = new ArrayList<>(reply.claimed().size());
            for (ClaimedJob job : reply.claimed()) {
                settlements.add(Settlement.of(job.run(), new Outcome.Succeeded(null)));
            }
            claimed += reply.claimed().size();
        }
        long nanos = System.nanoTime() - start;
        store.exchange(new Exchange(session, ++number, settlements, new Claim.Nothing()));
        store.closeSession(session);
        return nanos;
    }

    private Millrace open() {
        if (millrace == null) {
            throw new IllegalStateException("there is no place yet: say clear or join first");
        }
        return millrace;
    }

    @Override
    public void close() {
        stop();
        if (millrace != null) {
            millrace.close();
            millrace = null;
        }
    }
}
