package dev.millrace.cli.bench;

import dev.millrace.JobRequest;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.spi.JobCount;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Jobs with a payload of 50 characters that begins with their number, and a count of how often each of them ran. The handler
 * does nothing but count.
 */
final class Tally {
    static final JobType<String, Void> NOOP = JobType.of("noop", String.class);

    private static final int DIGITS = 10;
    private static final String FILL = "x".repeat(50 - DIGITS);
    /** A run that has not moved for so long has failed, and says so instead of hanging. */
    private static final Duration STALLED = Duration.ofSeconds(60);

    private final AtomicIntegerArray runs;
    private final AtomicInteger distinct = new AtomicInteger();
    private final AtomicLong firstNanos = new AtomicLong();

    Tally(int jobs) {
        this.runs = new AtomicIntegerArray(jobs);
    }

    /** The payload of a job. */
    static String payload(int number) {
        String digits = Integer.toString(number);
        return "0".repeat(DIGITS - digits.length()) + digits + FILL;
    }

    /** The number of the job with this payload. */
    static int number(String payload) {
        return Integer.parseInt(payload, 0, DIGITS, 10);
    }

    /** All the jobs. */
    Stream<JobRequest<Void>> requests() {
        return IntStream.range(0, runs.length()).mapToObj(i -> NOOP.with(payload(i)));
    }

    /** The handler. */
    void ran(String payload) {
        if (firstNanos.get() == 0) {
            firstNanos.compareAndSet(0, System.nanoTime());
        }
        if (runs.getAndIncrement(number(payload)) == 0) {
            distinct.incrementAndGet();
        }
    }

    /** When the first handler began. */
    long firstNanos() {
        return firstNanos.get();
    }

    /** Waits until every job has run and the store has all of them as SUCCEEDED. */
    void awaitSettled(Millrace millrace) {
        int before = -1;
        long moved = System.nanoTime();
        while (distinct.get() < runs.length() || succeeded(millrace) < runs.length()) {
            if (distinct.get() != before) {
                before = distinct.get();
                moved = System.nanoTime();
            } else if (System.nanoTime() - moved > STALLED.toNanos()) {
                return; // what is missing is counted as lost
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** How many runs there were too many. */
    long duplicates() {
        long count = 0;
        for (int i = 0; i < runs.length(); i++) {
            count += Math.max(0, runs.get(i) - 1);
        }
        return count;
    }

    /** How many jobs did not run, or are not SUCCEEDED in the store. */
    long lost(Millrace millrace) {
        return Math.max(runs.length() - distinct.get(), runs.length() - succeeded(millrace));
    }

    private static long succeeded(Millrace millrace) {
        return millrace.store().counts().stream()
                .filter(count -> count.state() == JobState.SUCCEEDED)
                .mapToLong(JobCount::count)
                .sum();
    }
}
