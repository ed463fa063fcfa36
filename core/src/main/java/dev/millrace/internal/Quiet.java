package dev.millrace.internal;

import dev.millrace.MoveException;
import dev.millrace.WorkerStatus;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Store;
import dev.millrace.spi.Sweep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Makes sure that nobody works on a store. */
final class Quiet {
    /** Every session is closed by the time it sweeps, so which lease it names does not matter. */
    private static final Duration LEASE = Duration.ofSeconds(30);

    private static final int LIMIT = 1_000;

    private Quiet() {}

    /**
     * Refuses a store with live workers. Sessions of dead ones are closed and their jobs taken back, as the next worker would
     * do: so that each death counts, and cancel requests are kept.
     *
     * @throws MoveException if a worker is live: says which, and how to stop it
     */
    static void check(Store store, String role) {
        List<String> live = new ArrayList<>();
        List<UUID> dead = new ArrayList<>();
        boolean claims = false;
        Instant now = store.now();
        for (SessionRecord session : store.sessions()) {
            boolean silent = WorkerStatus.parse(session.status()).silent(session.heardAt(), now);
            claims |= session.claims() > 0;
            if (session.closedAt() == null) {
                if (silent) {
                    dead.add(session.id());
                } else {
                    live.add(session.worker());
                }
            }
        }
        if (!live.isEmpty()) {
            throw new MoveException(
                    "workers are live on the " + role + ", " + store.info().address() + ": "
                            + String.join(", ", live)
                            + ". Stop them (millrace workers stop, or end their processes and wait for a lease), then run the move again."
                            + " Nothing was moved");
        }
        dead.forEach(store::closeSession);
        if (claims) {
            Sweep sweep = new Sweep(LEASE, LIMIT);
            while (store.sweep(sweep).more()) {
                // goes on until all that the dead held is taken back
            }
        }
    }
}
