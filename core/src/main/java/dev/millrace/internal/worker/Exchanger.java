package dev.millrace.internal.worker;

import dev.millrace.spi.BeatReply;
import dev.millrace.spi.Claim;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands outcomes to the store and takes claims from it. Outcomes of an exchange that failed are sent again with the next, as
 * often as it takes; claims of an exchange whose reply was lost are found by a beat and handed back.
 */
final class Exchanger {
    /** The most outcomes and the most claims of one exchange: it bounds the store's transaction to a few milliseconds. */
    static final int BATCH = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Exchanger.class);

    private final Store store;
    private final Tenure tenure;
    private final Settled settled;
    private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
    private final AtomicInteger endedCount = new AtomicInteger();

    /** Guarded by this: what the last exchange failed to bring in. */
    private List<Ended> unsent = List.of();

    private final Set<Long> givenUp = new HashSet<>();
    private UUID numbered = new UUID(0, 0);
    private long number;

    /** Told, on the exchanging thread, whose outcomes the store knows now, and which of them were recorded just now. */
    interface Settled {
        void settled(List<Run> known, List<Run> recorded);
    }

    /** An outcome to be sent; without a run for claims that never arrived. */
    private record Ended(@Nullable Run run, Settlement settlement) {}

    Exchanger(Store store, Tenure tenure, Settled settled) {
        this.store = store;
        this.tenure = tenure;
        this.settled = settled;
    }

    /** A run has come to its end. */
    void add(Run run, Outcome outcome) {
        endedCount.incrementAndGet();
        ended.add(new Ended(run, new Settlement(run.ref(), outcome, run.ran(), run.takeReport())));
    }

    /** Whether there is something to send. */
    synchronized boolean hasOutcomes() {
        return !unsent.isEmpty() || !ended.isEmpty();
    }

    /** About how many new outcomes there are. */
    int waiting() {
        return endedCount.get();
    }

    /**
     * One exchange.
     *
     * @return the reply; its claims are the caller's to start
     * @throws RuntimeException what the store throws: the outcomes are kept and sent again with the next exchange
     */
    synchronized ExchangeReply exchange(Claim claim) {
        UUID session = tenure.session();
        if (!session.equals(numbered)) {
            numbered = session;
            number = 0;
            givenUp.clear();
        }
        long current = ++number;
        List<Ended> batch = batch();
        List<Settlement> settlements = new ArrayList<>(batch.size());
        for (Ended one : batch) {
            settlements.add(one.settlement);
        }
        ExchangeReply reply;
        try {
            reply = store.exchange(new Exchange(session, current, settlements, claim));
        } catch (RuntimeException | Error e) {
            unsent = batch;
            givenUp.add(current);
            throw e;
        }
        unsent = List.of();
        tell(batch, reply.answers());
        return reply;
    }

    private List<Ended> batch() {
        List<Ended> batch = new ArrayList<>(unsent);
        while (batch.size() < BATCH) {
            Ended next = ended.poll();
            if (next == null) {
                break;
            }
            batch.add(next);
            endedCount.decrementAndGet();
        }
        return batch;
    }

    private void tell(List<Ended> batch, List<SettleAnswer> answers) {
        List<Run> known = new ArrayList<>(batch.size());
        List<Run> recorded = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            Run run = batch.get(i).run;
            if (run == null) {
                continue;
            }
            known.add(run);
            switch (answers.get(i)) {
                case APPLIED -> recorded.add(run);
                case ALREADY -> {}
                case STALE -> warnStale(run, batch.get(i).settlement);
            }
        }
        if (!known.isEmpty()) {
            settled.settled(known, recorded);
        }
    }

    private static void warnStale(Run run, Settlement settlement) {
        if (run.started() && !(settlement.outcome() instanceof Outcome.HandedBack)) {
            LOG.warn(
                    "{}: its run {} does not own the job any more, so its outcome ({}) is dropped; the job runs or ran again"
                            + " under a newer lease",
                    run,
                    settlement.run().token(),
                    settlement.outcome().end());
        }
    }

    /** Hands back those of the session's claims that came with a reply which was lost. */
    synchronized void handBackLost(List<BeatReply.Held> held) {
        if (givenUp.isEmpty() || !tenure.session().equals(numbered)) {
            return;
        }
        int lost = 0;
        for (BeatReply.Held claim : held) {
            if (givenUp.contains(claim.exchange())) {
                endedCount.incrementAndGet();
                ended.add(new Ended(null, Settlement.of(claim.run(), new Outcome.HandedBack(false))));
                lost++;
            }
        }
        if (lost > 0) {
            LOG.info(
                    "{} jobs were claimed by an exchange whose reply was lost; they are handed back and run again",
                    lost);
        }
    }
}
