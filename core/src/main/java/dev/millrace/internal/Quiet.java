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
import java.util.concurrent.TimeUnit;

/** Makes sure that nobody works on a store. */
final class Quiet {
    /** Every session is closed by the time it sweeps, so which lease it names does not matter. */
    /** How long sweeps follow one another at most. */
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final Duration LEASE = Duration.ofSeconds(30);

    private static final int LIMIT = 1_000;

    private Quiet() {}

    /**
     * Refuses a store with live workers. Sessions of dead ones are closed and their jobs taken back, as the next worker would
     * do: so that each death counts, and cancel requests are kept.
     *
     * @throws MoveException if a worker is live: says which, and how to stop it
     */
    static void before(Store store, String role) {
        List<UUID> dead = new ArrayList<>();
        boolean claims = false;
        List<SessionRecord> sessions = store.sessions();
        refuseLive(sessions, store, role, "Nothing was moved");
        for (SessionRecord session : sessions) {
            claims |= session.claims() > 0;
            if (session.closedAt() == null) {
                dead.add(session.id());
            }
        }
        dead.forEach(store::closeSession);
        if (claims) {
            Sweep sweep = new Sweep(LEASE, LIMIT);
            long began = System.nanoTime();
            boolean more = true;
            // Goes on until all that the dead held is taken back; what cannot be delivered to others is not waited for.
            while (more && System.nanoTime() - began < LONGEST_NANOS) {
                more = store.sweep(sweep).more();
            }
        }
    }

    /**
     * Refuses a store on which a worker began after {@link #before}: what it ran may have been carried over as it was before,
     * and would run again in the target.
     *
     * @throws MoveException if a worker is live: says which, and how to stop it
     */
    static void after(Store store, String role) {
        refuseLive(
                store.sessions(),
                store,
                role,
                "They began while it moved: nothing is lost, and what arrived stays, but it may be outdated by what they ran");
    }

    private static void refuseLive(List<SessionRecord> sessions, Store store, String role, String consequence) {
        Instant now = store.now();
        List<String> live = sessions.stream()
                .filter(session -> session.closedAt() == null)
                .filter(session -> !WorkerStatus.parse(session.status()).silent(session.heardAt(), now))
                .map(SessionRecord::worker)
                .toList();
        if (!live.isEmpty()) {
            throw new MoveException(
                    "workers are live on the " + role + ", " + store.info().address() + ": "
                            + String.join(", ", live)
                            + ". Stop them (millrace --store … workers stop --all, or end their processes and wait for a"
                            + " lease), then run the move again. " + consequence);
        }
    }
}
