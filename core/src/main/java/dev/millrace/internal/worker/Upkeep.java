package dev.millrace.internal.worker;

import dev.millrace.spi.Store;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sweeps the store and books what was done, on a thread of its own: a sweep may have much to do, and no heartbeat is to wait for it. It sweeps when the
 * heart has beaten, so that a worker never takes its own session for silent.
 */
final class Upkeep implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final int LIMIT = 1_000;
    /** When a sweep has left something over, the next comes after this. */
    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How long sweeps may follow one another without a pause. */
    private static final long AT_ONCE_NANOS = 500_000_000L;

    private final Store store;
    private final WorkerConfig config;
    private final Bookkeeper bookkeeper;
    private final Trouble trouble;
    private final Runnable first;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private boolean wanted;
    private boolean ended;
    private @Nullable Thread thread;

    /** @param first what else is to be done after each heartbeat, before the sweep */
    Upkeep(Store store, WorkerConfig config, Bookkeeper bookkeeper, Trouble trouble, Runnable first) {
        this.store = store;
        this.config = config;
        this.bookkeeper = bookkeeper;
        this.trouble = trouble;
        this.first = first;
    }

    void start() {
        Thread upkeep = new Thread(this, config.name() + "-upkeep");
        upkeep.setDaemon(true);
        thread = upkeep;
        upkeep.start();
    }

    /** Sweep soon; while a sweep is under way, once more after it. */
    void sweepSoon() {
        lock.lock();
        try {
            wanted = true;
            change.signal();
        } finally {
            lock.unlock();
        }
    }

    void end() {
        lock.lock();
        try {
            ended = true;
            change.signal();
        } finally {
            lock.unlock();
        }
    }

    void join() throws InterruptedException {
        Thread upkeep = thread;
        if (upkeep != null) {
            upkeep.join(config.timing().heartbeat().toMillis());
        }
    }

    @Override
    public void run() {
        boolean more = false;
        while (await(more)) {
            try {
                first.run();
                more = sweep();
                bookkeeper.bookWhenDue();
                trouble.over();
            } catch (Throwable e) {
                more = false;
                trouble.report("sweeping", e, "it is tried again with the next heartbeat");
            }
        }
    }

    /** Waits until a sweep is wanted; false when it has ended. */
    private boolean await(boolean more) {
        long left = AGAIN_NANOS;
        lock.lock();
        try {
            while (!ended && !wanted && (!more || left > 0)) {
                try {
                    if (more) {
                        left = change.awaitNanos(left);
                    } else {
                        change.await();
                    }
                } catch (InterruptedException e) {
                    // nobody has a reason to: only end() ends it
                }
            }
            wanted = false;
            return !ended;
        } finally {
            lock.unlock();
        }
    }

    /** Whether something was left over. */
    private boolean sweep() {
        long began = System.nanoTime();
        SweepReport report;
        do {
            report = store.sweep(new Sweep(config.timing().lease(), LIMIT));
            if (report.rescued() > 0) {
                LOG.info(
                        "{}: took {} jobs back from workers that died; they run again",
                        config.name(),
                        report.rescued());
            }
        } while (report.more() && System.nanoTime() - began < AT_ONCE_NANOS);
        return report.more();
    }
}
