package dev.millrace.nats;

import dev.millrace.StoreException;
import java.time.Duration;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls of one store that have begun: what it works with is let go of when they have ended. Thread-safe. */
final class UnderWay {
    private static final Logger LOG = LoggerFactory.getLogger(UnderWay.class);

    private final Settings settings;
    private final Duration patience;
    /** Calls, and one party more, which closing the store ends. */
    private final Phaser calls = new Phaser(1);

    private volatile boolean closed;

    UnderWay(Settings settings) {
        this.settings = settings;
        // A call may look for the leader, wait for its answer, and read bytes.
        patience = settings.timeout().multipliedBy(2).plus(settings.timeoutFor(Bulk.MOST_BYTES));
    }

    /** Makes a call, unless the store is closed. */
    <R> R call(Supplier<R> call) {
        if (closed || calls.register() < 0) {
            throw new StoreException(
                    "the store at " + settings.shown() + " is closed: open it anew. Nothing was changed");
        }
        try {
            return call.get();
        } finally {
            calls.arriveAndDeregister();
        }
    }

    /**
     * Refuses what comes from now on, waits for what has begun, and lets go; the first time it is asked to. A thread that is
     * interrupted does not wait, and is so again when it has let go.
     */
    synchronized void close(Runnable lettingGo) {
        if (closed) {
            return;
        }
        closed = true;
        awaitCalls(calls.arriveAndDeregister());
        calls.forceTermination();
        boolean interrupted = Thread.interrupted();
        try {
            lettingGo.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void awaitCalls(int phase) {
        try {
            calls.awaitAdvanceInterruptibly(phase, patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            LOG.warn(
                    "calls were still under way {} after the store at {} was closed; whether they changed anything is"
                            + " not known",
                    patience,
                    settings.shown(),
                    e);
        }
    }
}
