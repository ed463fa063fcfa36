package dev.millrace.internal.worker;

import dev.millrace.internal.Nanos;
import dev.millrace.internal.schedule.Firing;
import dev.millrace.spi.Store;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sweeps the store, makes the jobs of schedules' ticks and books what was done, on a thread of its own: a sweep may have much to
 * do, and no heartbeat is to wait for it. It sweeps when the heart has beaten, so that a worker never takes its own session for
 * silent. It looks at schedules then too, when a note may have changed, and when the next tick is due.
 */
final class Upkeep implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final int LIMIT = 1_000;
    /** When a sweep has left something over, the next comes after this. */
    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How long sweeps may follow one another without a pause. */
    private static final long AT_ONCE_NANOS = 500_000_000L;

    /** How often, at most, schedules are read on the ground of wake-ups. */
    private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    /** Workers do not all look in the same moment: most of them find that another has made the tick's job. */
    private static final long APART_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Store store;
    private final WorkerConfig config;
    private final Bookkeeper bookkeeper;
    private final Firing firing;
    private final Troubles troubles;
    private final Runnable first;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private boolean wanted;
    private boolean lookWanted;
    private boolean ended;
    /** When to sweep without being asked, and when to look at schedules; by the monotonic clock, null for not at all. */
    private @Nullable Long sweepAt;

    private @Nullable Long lookAt;
    private long looked = System.nanoTime() - LOOK_EVERY_NANOS;
    private @Nullable Thread thread;

    /** What is to be done next. */
    private enum Task {
        SWEEP,
        LOOK,
        END
    }

    /**
     * Where trouble is told.
     *
     * @param sweeping with sweeps
     * @param schedules with the store while schedules are looked at
     */
    record Troubles(Trouble sweeping, Trouble schedules) {}

    /** @param first what else is to be done after each heartbeat, before the sweep */
    Upkeep(Store store, WorkerConfig config, Bookkeeper bookkeeper, Firing firing, Troubles troubles, Runnable first) {
        this.store = store;
        this.config = config;
        this.bookkeeper = bookkeeper;
        this.firing = firing;
        this.troubles = troubles;
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

    /** A schedule may have changed: look soon. */
    void lookSoon() {
        lock.lock();
        try {
            lookWanted = true;
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
        while (true) {
            Task task = await();
            if (task == Task.END) {
                return;
            }
            fire();
            if (task == Task.SWEEP) {
                keepUp();
            }
        }
    }

    /** Waits until something is to be done. */
    private Task await() {
        lock.lock();
        try {
            while (true) {
                long now = System.nanoTime();
                if (ended) {
                    return Task.END;
                }
                if (wanted || reached(sweepAt, now)) {
                    wanted = false;
                    lookWanted = false;
                    return Task.SWEEP;
                }
                if (reached(lookAt, now) || (lookWanted && reached(looked + LOOK_EVERY_NANOS, now))) {
                    lookWanted = false;
                    return Task.LOOK;
                }
                try {
                    long unused = change.awaitNanos(nanosToWait(now));
                } catch (InterruptedException e) {
                    // nobody has a reason to: only end() ends it
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean reached(@Nullable Long time, long now) {
        return time != null && time - now <= 0;
    }

    private long nanosToWait(long now) {
        long nanos = Long.MAX_VALUE;
        nanos = sweepAt == null ? nanos : Math.min(nanos, sweepAt - now);
        nanos = lookAt == null ? nanos : Math.min(nanos, lookAt - now);
        return lookWanted ? Math.min(nanos, looked + LOOK_EVERY_NANOS - now) : nanos;
    }

    private void fire() {
        lookAt = null;
        try {
            Duration wait = firing.fire();
            if (wait != null) {
                lookAt = System.nanoTime()
                        + Math.min(Nanos.of(wait), TimeUnit.DAYS.toNanos(1))
                        + ThreadLocalRandom.current().nextLong(APART_NANOS);
            }
            troubles.schedules().over();
        } catch (Throwable e) {
            troubles.schedules().report("schedules", e, "their ticks wait; it is tried again with the next heartbeat");
        }
        looked = System.nanoTime();
    }

    private void keepUp() {
        sweepAt = null;
        try {
            first.run();
            if (sweep()) {
                sweepAt = System.nanoTime() + AGAIN_NANOS;
            }
            bookkeeper.bookWhenDue();
            troubles.sweeping().over();
        } catch (Throwable e) {
            troubles.sweeping().report("sweeping", e, "it is tried again with the next heartbeat");
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
