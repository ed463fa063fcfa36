package dev.millrace.internal.worker;

import dev.millrace.internal.text.TimeText;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands outcomes to the store and takes claims from it. Outcomes of an exchange that failed are sent again with the next, as
 * often as it takes; claims of an exchange whose reply was lost are found by a beat and handed back. Several exchanges may be
 * under way at once where the store settles beside claiming; elsewhere they take turns, in the order of their numbers.
 */
final class Exchanger {
    /** The most outcomes and the most claims of one exchange: it bounds the store's transaction to a few milliseconds. */
    static final int BATCH = 1_000;

    /** From so many outcomes on claims wait for them: they are claimed faster than they are settled. */
    private static final int MOST_LEFT = 4 * BATCH;

    private static final Logger LOG = LoggerFactory.getLogger(Exchanger.class);

    private final Store store;
    /** Held by the exchange under way; null where several may be. */
    private final @Nullable ReentrantLock turn;

    private final Tenure tenure;
    private final Settled settled;
    private final Outbox outbox = new Outbox();
    private final Set<Long> givenUp = ConcurrentHashMap.newKeySet();
    /** Claimed, and their ends not acknowledged yet. */
    private final Set<RunRef> open = ConcurrentHashMap.newKeySet();
    /** Held by the session as the last beat found it, though not open. Used by the beating thread alone. */
    private Set<RunRef> unknown = Set.of();

    private volatile UUID numbered = new UUID(0, 0);
    /** Guarded by this: the last exchange's number. */
    private long number;
    /** The numbers of the exchanges under way: claims of those before them are open, or have ended. */
    private final NavigableSet<Long> underWay = new ConcurrentSkipListSet<>();

    /**
     * What an exchange brought.
     *
     * @param session who holds its claims
     * @param number the exchange's number
     */
    record Brought(UUID session, long number, ExchangeReply reply) {}

    /** Told, on the exchanging thread, whose outcomes the store knows now, and which of them it has recorded. */
    interface Settled {
        void settled(List<Run> known, List<Run> recorded);
    }

    Exchanger(Store store, Tenure tenure, Settled settled) {
        this.store = store;
        this.turn = store.settlesBeside() ? null : new ReentrantLock();
        this.tenure = tenure;
        this.settled = settled;
    }

    /** A run has come to its end. */
    void add(Run run, Outcome outcome) {
        outbox.add(new Outbox.Ended(run, new Settlement(run.ref(), outcome, run.ran(), run.takeReport())));
    }

    /** The run's end is on record without an exchange. */
    void recorded(RunRef run) {
        open.remove(run);
    }

    /** Whether there is something to send. */
    boolean hasOutcomes() {
        return outbox.hasOutcomes();
    }

    /** Whether an exchange has failed to bring in outcomes, which are still to be sent. */
    boolean hasUnsent() {
        return outbox.hasUnsent();
    }

    /**
     * Whether someone else may hand in what there is while the pump claims: there is enough for that, nothing has failed, and it
     * has not become so much that claiming should wait for it.
     */
    boolean leavesToSettler() {
        int count = waiting();
        return !outbox.hasUnsent() && count >= Pump.GATHERED && count < MOST_LEFT;
    }

    /** About how many new outcomes there are. */
    int waiting() {
        return outbox.waiting();
    }

    /** Whether an exchange is under way. */
    boolean sending() {
        return !underWay.isEmpty();
    }

    /**
     * One exchange of what has ended for what is to be claimed.
     *
     * @return the reply; its claims are the caller's to start, or to {@link #giveUp}
     * @throws RuntimeException what the store throws: the outcomes are kept and sent again with the next exchange
     */
    Brought exchange(Claim claim) {
        return exchange(outbox::batch, claim);
    }

    /** As {@link #exchange}, but hands in nothing: someone else does so at the same time. */
    Brought claim(Claim claim) {
        return exchange(List::of, claim);
    }

    private Brought exchange(Supplier<List<Outbox.Ended>> outcomes, Claim claim) {
        if (turn == null) {
            return send(begin(outcomes), claim);
        }
        turn.lock();
        try {
            return send(begin(outcomes), claim);
        } finally {
            turn.unlock();
        }
    }

    /** What one exchange takes along. */
    private record Parcel(UUID session, long number, List<Outbox.Ended> batch) {}

    /** Takes the outcomes once the exchange counts as under way: they are always either to be sent or being sent. */
    private synchronized Parcel begin(Supplier<List<Outbox.Ended>> outcomes) {
        UUID session = tenure.session();
        if (!session.equals(numbered)) {
            numbered = session;
            number = 0;
            underWay.clear();
            givenUp.clear();
            open.clear();
            outbox.forgetSetAside(); // stale under the new session: their jobs are others' by now
        }
        underWay.add(++number);
        return new Parcel(session, number, outcomes.get());
    }

    private Brought send(Parcel parcel, Claim claim) {
        List<Settlement> settlements =
                parcel.batch.stream().map(Outbox.Ended::settlement).toList();
        ExchangeReply reply;
        try {
            reply = store.exchange(new Exchange(parcel.session, parcel.number, settlements, claim));
        } catch (RuntimeException | Error e) {
            failed(parcel, e);
            throw e;
        }
        arrived(parcel, reply);
        Brought brought = new Brought(parcel.session, parcel.number, reply);
        try {
            tell(parcel.batch, reply.answers());
        } catch (RuntimeException | Error e) {
            giveUp(brought);
            throw e;
        }
        return brought;
    }

    private synchronized void arrived(Parcel parcel, ExchangeReply reply) {
        outbox.arrived();
        if (parcel.session.equals(numbered)) {
            for (ClaimedJob job : reply.claimed()) {
                open.add(job.run());
            }
            underWay.remove(parcel.number);
        }
    }

    private synchronized void failed(Parcel parcel, Throwable error) {
        outbox.keep(parcel.batch, error);
        if (parcel.session.equals(numbered)) {
            givenUp.add(parcel.number);
            underWay.remove(parcel.number);
        }
    }

    /** Something went wrong before these claims could be started: the next beat finds them, and they are handed back. */
    synchronized void giveUp(Brought brought) {
        if (brought.session.equals(numbered)) {
            givenUp.add(brought.number);
            for (ClaimedJob job : brought.reply.claimed()) {
                open.remove(job.run());
            }
        }
    }

    /** Sends once more, each alone, what the store would not take. */
    void sendSetAside() {
        for (int left = outbox.setAside(); left > 0; left--) {
            try {
                exchange(outbox::oneSetAside, new Claim.Nothing());
            } catch (RuntimeException e) {
                LOG.debug("refused again: {}", e.toString());
            }
        }
    }

    /**
     * Sends all that is left, before the end.
     *
     * @param worker whose it is
     * @param trouble is told when the store does not answer
     * @param lease when the jobs run again whose outcomes are lost
     */
    void sendRest(String worker, Trouble trouble, Duration lease) {
        while (hasOutcomes()) {
            try {
                exchange(new Claim.Nothing());
            } catch (StoreUnavailableException e) {
                trouble.report(
                        "the store", e, "the last outcomes are lost; their jobs run again after " + TimeText.of(lease));
                return;
            } catch (RuntimeException e) {
                LOG.debug("{}: one of the last outcomes is bad, and is looked for: {}", worker, e.toString());
            }
        }
    }

    private void tell(List<Outbox.Ended> batch, List<SettleAnswer> answers) {
        List<Run> known = new ArrayList<>(batch.size());
        List<Run> recorded = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            RunRef ref = batch.get(i).settlement().run();
            open.remove(ref);
            outbox.taken(ref);
            Run run = batch.get(i).run();
            if (run == null) {
                continue;
            }
            known.add(run);
            switch (answers.get(i)) {
                case APPLIED, ALREADY -> recorded.add(run); // already: by an exchange whose reply was lost
                case STALE -> warnStale(run, batch.get(i).settlement());
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

    /**
     * Hands back what the session holds and this worker does not: claims that came with a reply which was lost, and jobs whose
     * acknowledged end the store has lost since, as a failover may. An end can be recorded while a beat is under way, so the
     * latter are believed only when two beats in turn find them.
     *
     * <p>Called by the beating thread alone.
     */
    void handBackUnknown(List<BeatReply.Held> held) {
        long known;
        synchronized (this) {
            if (!tenure.session().equals(numbered)) {
                return;
            }
            known = underWay.isEmpty() ? number : underWay.first() - 1;
        }
        Set<RunRef> suspects = new HashSet<>();
        int unanswered = 0;
        int forgotten = 0;
        for (BeatReply.Held claim : held) {
            RunRef run = claim.run();
            if (givenUp.contains(claim.exchange())) {
                handBack(run, new Outcome.HandedBack(false));
                unanswered++;
            } else if (claim.exchange() <= known && !open.contains(run)) {
                suspects.add(run);
                if (unknown.contains(run)) {
                    handBack(run, new Outcome.HandedBack(true));
                    forgotten++;
                }
            }
        }
        unknown = suspects;
        if (unanswered > 0) {
            LOG.info(
                    "{} jobs were claimed by an exchange whose reply was lost; they are handed back and run again",
                    unanswered);
        }
        if (forgotten > 0) {
            LOG.warn(
                    "{} jobs had ended here, and the store, which had acknowledged it, holds them as running again (was"
                            + " there a failover?); they are handed back and run again",
                    forgotten);
        }
    }

    private void handBack(RunRef run, Outcome outcome) {
        outbox.add(new Outbox.Ended(null, Settlement.of(run, outcome)));
    }
}
