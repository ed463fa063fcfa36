package dev.millrace.internal.worker;

/** How many jobs a worker holds in advance, by how long its jobs take and how large they are. Not thread-safe. */
final class Prefetch {
    /** How much work may be held in advance. */
    private static final double MOST_NANOS = 100_000_000;
    /** About how many bytes of payload may be. */
    private static final double MOST_BYTES = 64 << 20;
    /** The most jobs, whatever the rate. */
    private static final int MOST_JOBS = 8_000;
    /** The weight of one run in the moving means: the last thousand or so count. */
    private static final double WEIGHT = 1.0 / 256;

    private double meanNanos;
    private double meanBytes;

    /** A run has ended that took so long, of a job with so large a payload. */
    void ran(long nanos, int bytes) {
        meanNanos += meanNanos == 0 ? nanos : (nanos - meanNanos) * WEIGHT;
        // Large ones count at once: a burst of them is not to fill the heap while the mean still moves.
        meanBytes += bytes > meanBytes ? bytes - meanBytes : (bytes - meanBytes) * WEIGHT;
    }

    /** About 100 ms of work for so many hands, at most 64 MiB and 8,000 jobs; none until a run has ended. */
    int jobs(int hands) {
        if (meanNanos == 0) {
            return 0;
        }
        double jobs = hands * (MOST_NANOS / Math.max(1_000, meanNanos));
        return (int) Math.min(Math.min(MOST_JOBS, jobs), MOST_BYTES / Math.max(1, meanBytes));
    }
}
