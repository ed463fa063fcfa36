package dev.millrace.redis;

import java.time.Duration;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The store's calls under way, which end before it lets go of its connections. */
final class Calls implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Calls.class);
    /** More than the commands that a call sends one after the other. */
    private static final int COMMANDS = 4;

    private final RedisErrors errors;
    private final Duration patience;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Calls under way, and one party more, which closing ends. */
    private final Phaser underWay = new Phaser(1);

    Calls(RedisErrors errors, Settings.Limits limits) {
        this.errors = errors;
        this.patience = limits.command().multipliedBy(COMMANDS);
    }

    <T> T call(Supplier<T> call) {
        begin();
        try {
            return call.get();
        } finally {
            underWay.arriveAndDeregister();
        }
    }

    void run(Runnable call) {
        begin();
        try {
            call.run();
        } finally {
            underWay.arriveAndDeregister();
        }
    }

    private void begin() {
        if (closed.get() || underWay.register() < 0) {
            throw errors.lasting(
                    "is not used by this store any more: it is closed. Nothing was changed, and its jobs are"
                            + " safe. Open it again");
        }
    }

    /** Refuses what comes now, and waits for calls under way, each of which ends by its timeouts at the latest. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        underWay.arriveAndDeregister();
        try {
            underWay.awaitAdvanceInterruptibly(0, patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            log.warn(
                    "calls of a Redis store were still under way {} s after it was closed, and are broken off; whether they"
                            + " changed anything is not known",
                    patience.toSeconds(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
