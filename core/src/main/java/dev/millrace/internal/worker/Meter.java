package dev.millrace.internal.worker;

import dev.millrace.WorkerStats;
import dev.millrace.spi.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;

/** Counts what a worker does. Written by the exchanging thread, read by anyone. */
final class Meter {
    /** How much work may be held in advance. */
    private static final long PREFETCH_NANOS = 100_000_000L;
    /** The most jobs held in advance, whatever the rate. */
    private static final int MOST_PREFETCHED = 8_000;
    /** The weight of one run in the moving mean: the last thousand or so count. */
    private static final double WEIGHT = 1.0 / 256;

    private final Map<Outcomes, Long> counts = new EnumMap<>(Outcomes.class);
    private final Times runs = new Times();
    private final Times waits = new Times();
    private final Instant since = Instant.now();
    private final Rate rate = new Rate();
    private double meanNanos;

    private enum Outcomes {
        SUCCEEDED,
        FAILED,
        RETRIED,
        OTHER
    }

    /** A run's outcome was recorded. */
    synchronized void ended(Run run, Outcome outcome) {
        Outcomes sort =
                switch (outcome.end()) {
                    case SUCCEEDED -> Outcomes.SUCCEEDED;
                    case FAILED -> Outcomes.FAILED;
                    case RETRIED -> Outcomes.RETRIED;
                    default -> Outcomes.OTHER;
                };
        counts.merge(sort, 1L, Long::sum);
        if (run.started()) {
            long nanos = run.ran().toNanos();
            runs.add(nanos);
            meanNanos += meanNanos == 0 ? nanos : (nanos - meanNanos) * WEIGHT;
            rate.add(System.nanoTime());
        }
    }

    /** A run began so long after its job could have been claimed. */
    synchronized void waited(long nanos) {
        waits.add(Math.max(0, nanos));
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
        long succeeded = counts.getOrDefault(Outcomes.SUCCEEDED, 0L);
        long failed = counts.getOrDefault(Outcomes.FAILED, 0L);
        long retried = counts.getOrDefault(Outcomes.RETRIED, 0L);
        return new WorkerStats(
                name,
                Duration.between(since, Instant.now()),
                new WorkerStats.Counts(succeeded + failed + retried, succeeded, failed, retried, running, waiting),
                rate.perSecond(System.nanoTime()),
                runs.summary(),
                waits.summary());
    }
}
