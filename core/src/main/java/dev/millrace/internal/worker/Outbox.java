package dev.millrace.internal.worker;

import dev.millrace.Failure;
import dev.millrace.StoreException;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.StoreUnavailableException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Outcomes on their way to the store: new ones, those that an exchange failed to bring in, and those that the store would not
 * take even alone. None is dropped before the store has answered. Safe for several threads.
 */
final class Outbox {
    /** The most bytes of results in one exchange, if it has more than one outcome. */
    private static final long BATCH_BYTES = 8L << 20;

    private static final String UNSTORABLE = "OutcomeNotStorable";

    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
    private final AtomicInteger endedCount = new AtomicInteger();

    /** Guarded by this: what exchanges failed to bring in. */
    private final Deque<Ended> unsent = new ArrayDeque<>();
    /** Whether one of the unsent is such that the store cannot take it: they go one by one, until it is found. */
    private boolean oneByOne;

    private volatile boolean hasUnsent;
    /** What the store would not take alone: tried again after each beat. */
    private final Queue<Ended> setAside = new ConcurrentLinkedQueue<>();
    /** Of which runs it was said that they are set aside. */
    private final Set<RunRef> refused = ConcurrentHashMap.newKeySet();

    /** An outcome to be sent; without a run for claims that never arrived. */
    record Ended(@Nullable Run run, Settlement settlement) {
        int resultBytes() {
            return settlement.outcome() instanceof Outcome.Succeeded succeeded && succeeded.result() != null
                    ? succeeded.result().length
                    : 0;
        }
    }

    void add(Ended outcome) {
        endedCount.incrementAndGet();
        ended.add(outcome);
    }

    /** Whether there is something to send. */
    boolean hasOutcomes() {
        return hasUnsent || !ended.isEmpty();
    }

    /** Whether an exchange has failed to bring in outcomes, which are still to be sent. */
    boolean hasUnsent() {
        return hasUnsent;
    }

    /** About how many new outcomes there are. */
    int waiting() {
        return endedCount.get();
    }

    /** Takes what the next exchange is to bring in, what was to be sent before first. */
    synchronized List<Ended> batch() {
        List<Ended> batch = new ArrayList<>();
        int most = oneByOne ? 1 : Exchanger.BATCH;
        long bytes = 0;
        while (batch.size() < most && bytes < BATCH_BYTES) {
            Ended next = unsent.pollFirst();
            if (next == null) {
                next = ended.poll();
                if (next == null) {
                    break;
                }
                endedCount.decrementAndGet();
            }
            batch.add(next);
            bytes += next.resultBytes();
        }
        return batch;
    }

    /** An exchange has brought in what it took. */
    synchronized void arrived() {
        hasUnsent = !unsent.isEmpty();
        oneByOne &= hasUnsent;
    }

    /** The store has answered for this run. */
    void taken(RunRef run) {
        refused.remove(run);
    }

    /** How many outcomes the store would not take alone. */
    int setAside() {
        return setAside.size();
    }

    /** Takes one of them to be sent once more; none when there is none any more. */
    List<Ended> oneSetAside() {
        Ended bad = setAside.poll();
        return bad == null ? List.of() : List.of(bad);
    }

    void forgetSetAside() {
        setAside.clear();
        refused.clear();
    }

    /**
     * An exchange has not brought in what it took. An outage is not the outcomes' fault. Any other error may be that of one of them, which must not hold
     * up the rest.
     */
    synchronized void keep(List<Ended> batch, Throwable error) {
        boolean outage = error instanceof StoreUnavailableException || error instanceof Error;
        if (outage || batch.size() > 1) {
            for (int i = batch.size() - 1; i >= 0; i--) {
                unsent.addFirst(batch.get(i));
            }
            oneByOne |= !outage;
        } else if (batch.size() == 1 && error instanceof StoreException) {
            setAside(batch.get(0), error);
        } else if (batch.size() == 1) {
            replace(batch.get(0), error);
        }
        hasUnsent = !unsent.isEmpty();
    }

    private void setAside(Ended bad, Throwable error) {
        setAside.add(bad);
        if (refused.add(bad.settlement.run())) {
            LOG.error(
                    "job {}: its outcome ({}) is refused by the store, though it was sent alone; it stays RUNNING, and its"
                            + " outcome is sent again after each heartbeat",
                    bad.settlement.run().job(),
                    bad.settlement.outcome().end(),
                    error);
        }
    }

    private void replace(Ended bad, Throwable error) {
        Settlement settlement = bad.settlement;
        boolean again = settlement.outcome() instanceof Outcome.Failed failed
                && failed.failure().type().equals(UNSTORABLE);
        LOG.error(
                "job {}: its outcome ({}) cannot be stored; {}",
                settlement.run().job(),
                settlement.outcome().end(),
                again ? "it stays RUNNING until this worker's session ends" : "it is FAILED instead",
                error);
        if (!again) {
            Failure failure = Failure.of(UNSTORABLE, "its outcome could not be stored: " + error);
            Outcome instead = new Outcome.Failed(failure);
            if (bad.run != null) {
                bad.run.endAnew(instead);
            }
            unsent.addFirst(new Ended(bad.run, Settlement.of(settlement.run(), instead)));
        }
    }
}
