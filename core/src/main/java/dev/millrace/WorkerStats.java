package dev.millrace;

import java.time.Duration;
import java.util.Locale;

/**
 * What a worker has done since it was built. A snapshot.
 *
 * @param worker its name
 * @param uptime since it was built
 * @param counts how many runs ended how, and what it holds now
 * @param perSecond runs ended per second, over the last 30 seconds
 * @param runTime how long handlers ran
 * @param waitTime how long jobs waited from when they were due until their handler began, by the store's clock
 */
public record WorkerStats(
        String worker, Duration uptime, Counts counts, double perSecond, Time runTime, Time waitTime) {

    /**
     * How many runs ended how, and what is held now.
     *
     * @param processed runs that succeeded, failed for good or are to be retried
     * @param succeeded runs whose handler returned
     * @param failed runs that failed for good
     * @param retried runs that failed and are to be tried again
     * @param running handlers at work now
     * @param waiting jobs claimed ahead, whose handlers have not begun
     */
    public record Counts(long processed, long succeeded, long failed, long retried, int running, int waiting) {}

    /**
     * A summary of durations.
     *
     * @param mean the mean
     * @param p95 95 of 100 took no longer than this, to about 9 %
     */
    public record Time(Duration mean, Duration p95) {
        /** Nothing was measured yet. */
        public static final Time NONE = new Time(Duration.ZERO, Duration.ZERO);

        /** In milliseconds: "3.2 ms mean, 9.0 ms p95". */
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.1f ms mean, %.1f ms p95", mean.toNanos() / 1e6, p95.toNanos() / 1e6);
        }
    }
}
