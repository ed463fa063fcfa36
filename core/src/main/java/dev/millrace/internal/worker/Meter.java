package dev.millrace.internal.worker;

import dev.millrace.WorkerStats;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunEnd;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Counts what a worker does. Written by the exchanging thread, read by anyone. */
final class Meter {
    /** How much work may be held in advance. */
    private static final long PREFETCH_NANOS = 100_000_000L;
    /** The most jobs held in advance, whatever the rate. */
    private static final int MOST_PREFETCHED = 8_000;
    /** The weight of one run in the moving mean: the last thousand or so count. */
    private static final double WEIGHT = 1.0 / 256;

    private final Times runs = new Times();
    private final Times waits = new Times();
    private final Instant since = Instant.now();
    private final Rate rate = new Rate();
    private long succeeded;
    private long failed;
    private long retried;
    private double meanNanos;

    /** The outcomes of these runs were recorded. */
    synchronized void ended(List<Run> ended) {
        long now = System.nanoTime();
        for (Run run : ended) {
            Outcome outcome = run.outcome();
            if (outcome != null) {
                count(outcome.end());
            }
            if (run.started()) {
                long nanos = run.ranNanos();
                runs.add(nanos);
                waits.add(run.waitedNanos());
                meanNanos += meanNanos == 0 ? nanos : (nanos - meanNanos) * WEIGHT;
                rate.add(now);
            }
        }
    }

    private void count(RunEnd end) {
        switch (end) {
            case SUCCEEDED -> succeeded++;
            case FAILED -> failed++;
            case RETRIED -> retried++;
            default -> {}
        }
    }

    /** How many jobs to hold in advance: about 100 ms of work at the measured rate; none until there is a rate. */
    synchronized int prefetch(int hands) {
        if (meanNanos == 0) {
            return 0;
        }
        double jobs = hands * (PREFETCH_NANOS / Math.max(1_000, meanNanos));
        return (int) Math.min(MOST_PREFETCHED, jobs);
    }

    synchronized WorkerStats stats(String name, int running, int waiting) {
        return new WorkerStats(
                name,
                Duration.between(since, Instant.now()),
                new WorkerStats.Counts(succeeded + failed + retried, succeeded, failed, retried, running, waiting),
                rate.perSecond(System.nanoTime()),
                runs.summary(),
                waits.summary());
    }
}
