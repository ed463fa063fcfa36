package dev.millrace.benchmarks.subject;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/** What ran in this process: one for all, because some queues call static methods only. */
public final class Handled {
    private static final int DIGITS = 10;
    private static final String FILL = "x".repeat(50 - DIGITS);
    /** A worker that has run nothing for so long will not run the rest. */
    private static final long STALLED_NANOS = 60_000_000_000L;

    private static final AtomicInteger DISTINCT = new AtomicInteger();
    private static final AtomicInteger TWICE = new AtomicInteger();
    private static volatile AtomicIntegerArray runs = new AtomicIntegerArray(0);
    private static volatile long first;
    private static volatile boolean told;

    private Handled() {}

    /** The payload of a job: 50 characters. */
    static String payload(int number) {
        String digits = Integer.toString(number);
        return "0".repeat(DIGITS - digits.length()) + digits + FILL;
    }

    /** The number of the job with this payload. */
    static int number(String payload) {
        return Integer.parseInt(payload, 0, DIGITS, 10);
    }

    /** Forgets what ran, and gets ready for jobs of numbers below this. */
    static void expect(int jobs) {
        DISTINCT.set(0);
        TWICE.set(0);
        first = 0;
        runs = new AtomicIntegerArray(jobs);
    }

    /** From now on each job is told on standard output, with the time. */
    static void tell() {
        told = true;
    }

    /** The job: called by all handlers. */
    static void ran(int number) {
        long now = System.nanoTime();
        if (told) {
            System.out.println("ran " + number + " " + now);
            return;
        }
        if (first == 0) {
            first = now;
        }
        if (runs.getAndIncrement(number) == 0) {
            DISTINCT.incrementAndGet();
        } else {
            TWICE.incrementAndGet();
        }
    }

    /** When the first job ran. */
    static long firstNanos() {
        return first;
    }

    /** How many jobs ran. */
    static int distinct() {
        return DISTINCT.get();
    }

    /** How many runs were one too many. */
    static int twice() {
        return TWICE.get();
    }

    /**
     * Waits until so many jobs have run.
     *
     * @throws IllegalStateException when no job has run for a minute
     */
    static void await(int jobs) {
        int before = -1;
        long moved = System.nanoTime();
        while (DISTINCT.get() < jobs) {
            if (DISTINCT.get() != before) {
                before = DISTINCT.get();
                moved = System.nanoTime();
            } else if (System.nanoTime() - moved > STALLED_NANOS) {
                throw new IllegalStateException("only " + before + " of " + jobs + " jobs ran, and none for a minute");
            }
            LockSupport.parkNanos(500_000);
        }
    }
}
