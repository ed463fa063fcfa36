package dev.millrace.internal.worker;

import dev.millrace.WorkerStats;
import java.time.Duration;

/**
 * A histogram of durations in buckets of about 9 % width (eight to each doubling), from a microsecond to over an hour. Not
 * thread-safe.
 */
final class Times {
    private static final int PER_DOUBLING = 8;
    private static final int BUCKETS = 33 * PER_DOUBLING;

    private final long[] buckets = new long[BUCKETS];
    private long count;
    private double sumNanos;

    void add(long nanos) {
        buckets[bucket(nanos)]++;
        count++;
        sumNanos += nanos;
    }

    WorkerStats.Time summary() {
        return count == 0
                ? WorkerStats.Time.NONE
                : new WorkerStats.Time(Duration.ofNanos((long) (sumNanos / count)), Duration.ofNanos(percentile(0.95)));
    }

    private long percentile(double share) {
        long rank = (long) Math.ceil(count * share);
        for (int i = 0; i < BUCKETS; i++) {
            rank -= buckets[i];
            if (rank <= 0) {
                return upperBound(i);
            }
        }
        return upperBound(BUCKETS - 1);
    }

    /** Doubling by the highest bit, then by the three bits below it. */
    private static int bucket(long nanos) {
        long micros = Math.max(1, nanos / 1_000);
        int doubling = 63 - Long.numberOfLeadingZeros(micros);
        int within = doubling >= 3 ? (int) (micros >>> (doubling - 3)) & 7 : (int) (micros << (3 - doubling)) & 7;
        return Math.min(BUCKETS - 1, doubling * PER_DOUBLING + within);
    }

    private static long upperBound(int bucket) {
        int doubling = bucket / PER_DOUBLING;
        long eighths = PER_DOUBLING + bucket % PER_DOUBLING + 1L;
        long micros = doubling >= 3
                ? (1L << doubling) * eighths / PER_DOUBLING
                : (1L << doubling) * (eighths - 1) / PER_DOUBLING + 1; // these buckets hold one microsecond each
        return micros * 1_000;
    }
}
