package dev.millrace;

import dev.millrace.internal.Nanos;
import dev.millrace.internal.stats.Tally;
import dev.millrace.internal.worker.Problem;
import dev.millrace.internal.worker.WorkerEngine;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * Claims jobs and runs their handlers. Made by {@link Millrace#worker}. Safe for use from any thread.
 *
 * <p>A started worker works on threads of its own until it is stopped or closed; it lives through outages of its store of any
 * length by itself. A worker that was built, but not started, runs jobs on the caller's thread: {@link #drain}, {@link
 * #runOne}, {@link #runNow}. These return when the store knows how each run ended. Where a handler leaves its transaction open
 * ({@link JobContext#succeedIn}) they wait for its end, up to the worker's lease; what ends later is told with the next run, or
 * when the worker is closed. What they run is in addition to the worker's concurrency, in all and by kind and queue.
 */
public final class Worker implements AutoCloseable {
    private final Millrace millrace;
    private final WorkerEngine engine;
    private final Duration grace;

    Worker(Millrace millrace, WorkerEngine engine, Duration grace) {
        this.millrace = millrace;
        this.engine = engine;
        this.grace = grace;
        millrace.add(this);
    }

    /**
     * Begins to work.
     *
     * @return this worker
     * @throws IllegalStateException when it was started before
     * @throws StoreException when the store cannot take its registration
     */
    public Worker start() {
        engine.start();
        return this;
    }

    /**
     * Runs all jobs that are due, one after the other in the order of claims, on this thread. Returns when none is due any
     * more; jobs of schedules' ticks that are due, jobs that a handler enqueues meanwhile, and those that waited for what was run,
     * are run too.
     *
     * @return how many runs there were
     */
    public int drain() {
        engine.fireSchedules();
        int runs = drainDue();
        int more = engine.releaseBlocked() ? drainDue() : 0;
        while (more > 0) {
            runs += more;
            more = engine.releaseBlocked() ? drainDue() : 0;
        }
        return runs;
    }

    private int drainDue() {
        int runs = 0;
        while (engine.runOne()) {
            runs++;
        }
        return runs;
    }

    /**
     * Runs the next job on this thread. Where none is due, jobs of schedules' ticks that are due are made, and the next of those is
     * run.
     *
     * @return whether there was one
     */
    public boolean runOne() {
        if (engine.runOne()) {
            return true;
        }
        engine.fireSchedules();
        return engine.runOne();
    }

    /**
     * Runs this job on this thread, if it is READY or SCHEDULED, before its time and past those before it.
     *
     * @return whether it was run here: of any number of contenders, exactly one gets true
     */
    public boolean runNow(UUID id) {
        return engine.runNow(id);
    }

    /**
     * Starts, works for so long, and stops. Returns early when the worker stops by itself.
     *
     * @throws InterruptedException when this thread is interrupted; the worker is stopped all the same
     */
    public void run(Duration time) throws InterruptedException {
        start();
        try {
            engine.awaitStopped(time);
        } finally {
            stop(grace);
        }
    }

    /** Waits until the worker has stopped, because it was told to or has run as many tasks as it was to. */
    public void awaitStop() throws InterruptedException {
        engine.awaitStopped(Duration.ofDays(36_500));
    }

    /**
     * Works until no job is due for this worker and none is running here, on its own threads; jobs that waited for those count. The
     * worker goes on after it.
     *
     * @return whether that came about before the time was over
     */
    public boolean awaitIdle(Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + Nanos.of(most);
        long released = -1;
        while (true) {
            if (engine.idle()) {
                long runs = engine.stats().counts().processed();
                if (runs == released || !engine.releaseBlocked()) {
                    return true;
                }
                released = runs;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /**
     * Stops gracefully: claims nothing more, hands back at once what has not begun, gives running handlers the grace period,
     * interrupts them, and hands back what they were at. Returns when that is done. A handler may stop its own worker; the
     * call then returns at once.
     */
    public void stop(Duration grace) {
        engine.stop(grace);
        millrace.remove(this);
    }

    void beginStop() {
        engine.beginStop(grace);
    }

    /** Stops with the worker's own grace period, 25 s by default. */
    @Override
    public void close() {
        stop(grace);
    }

    /** What it has done so far. */
    public WorkerStats stats() {
        return engine.stats();
    }

    /** The worker's name. */
    public String name() {
        return engine.name();
    }

    /**
     * Whether only a restart of the process helps: more handlers ignore their interrupts, and so hold threads, than the worker
     * may replace. For what watches over the process.
     */
    public boolean needsRestart() {
        return engine.needsRestart();
    }

    Map<String, Tally> unbooked() {
        return engine.unbooked();
    }

    List<Problem> problems() {
        return engine.problems();
    }
}
