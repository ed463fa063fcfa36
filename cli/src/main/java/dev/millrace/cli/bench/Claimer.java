package dev.millrace.cli.bench;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** A session that claims and settles by exchanges with the store itself, without a worker. */
final class Claimer implements AutoCloseable {
    private final Store store;
    private final Claim next;
    private final UUID session = UUID.randomUUID();
    private final Set<UUID> seen = new HashSet<>();
    private List<Settlement> settlements = List.of();
    private long number;
    private long claimed;

    /** @param batch the most jobs per exchange */
    Claimer(Store store, int batch) {
        this.store = store;
        this.next = new Claim.Next(
                new Claim.Queues.AllBut(Set.of()), Set.of(Tally.NOOP.kind()), Integer.MIN_VALUE, batch, 0);
        store.openSession(new SessionOpening(session, "bench", "{}"));
    }

    /** Settles what the last exchange claimed and claims the next; says how many were claimed. */
    int exchange() {
        ExchangeReply reply = store.exchange(new Exchange(session, ++number, settlements, next));
        settlements = new ArrayList<>(reply.claimed().size());
        for (ClaimedJob job : reply.claimed()) {
            settlements.add(Settlement.of(job.run(), new Outcome.Succeeded(null)));
            seen.add(job.spec().id());
        }
        claimed += reply.claimed().size();
        return reply.claimed().size();
    }

    /** Settles what the last exchange claimed. */
    void settle() {
        store.exchange(new Exchange(session, ++number, settlements, new Claim.Nothing()));
        settlements = List.of();
    }

    /** How many jobs were claimed. */
    long claimed() {
        return claimed;
    }

    /** How many claims there were of jobs that were claimed before. */
    long duplicates() {
        return claimed - seen.size();
    }

    @Override
    public void close() {
        if (!settlements.isEmpty()) {
            settle();
        }
        store.closeSession(session);
    }
}
