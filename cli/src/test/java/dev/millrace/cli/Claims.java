package dev.millrace.cli;

import dev.millrace.spi.Claim;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Store;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** What a worker would be given. */
final class Claims {
    private Claims() {}

    /** Claims so many jobs of a queue and kind, and says which, in order. */
    static List<UUID> first(Store store, String queue, String kind, int count) {
        UUID session = UUID.randomUUID();
        store.openSession(new SessionOpening(session, "looker", "{}"));
        Claim next = new Claim.Next(new Claim.Queues.InOrder(List.of(queue)), Set.of(kind), -1_000, count, count);
        return store.exchange(new Exchange(session, 1, List.of(), next)).claimed().stream()
                .map(run -> run.spec().id())
                .toList();
    }
}
