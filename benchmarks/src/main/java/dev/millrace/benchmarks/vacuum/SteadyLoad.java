package dev.millrace.benchmarks.vacuum;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Enqueues one by one at a fixed rate, whatever each call takes: who is late makes up for it. A job's payload is the time of
 * its call, by {@link System#nanoTime}.
 */
final class SteadyLoad implements AutoCloseable {
    static final JobType<Long, Void> NOOP = JobType.of("noop", Long.class);

    private static final int THREADS = 16;

    private final Millrace millrace;
    private final long gapNanos;
    private final AtomicLong enqueued = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();

    /** @param perSecond how many jobs a second */
    SteadyLoad(Millrace millrace, int perSecond) {
        this.millrace = millrace;
        this.gapNanos = 1_000_000_000L * THREADS / perSecond;
        long start = System.nanoTime();
        for (int i = 0; i < THREADS; i++) {
            long first = start + i * gapNanos / THREADS;
            Thread thread = new Thread(() -> enqueue(first), "load-" + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    private void enqueue(long first) {
        for (long next = first; !stopped.get(); next += gapNanos) {
            for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            try {
                millrace.enqueue(NOOP, System.nanoTime());
                enqueued.incrementAndGet();
            } catch (RuntimeException e) {
                if (refused.getAndIncrement() == 0) {
                    System.err.println("an enqueue failed: " + e.getMessage());
                }
            }
        }
    }

    /** How many jobs were stored. */
    long enqueued() {
        return enqueued.get();
    }

    /** How many calls of enqueue failed. */
    long refused() {
        return refused.get();
    }

    /** Ends it, and waits for the calls under way. */
    @Override
    public void close() {
        stopped.set(true);
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the last enqueues were under way", e);
        }
    }
}
