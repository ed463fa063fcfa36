package dev.millrace.internal.worker;

import dev.millrace.WorkerStats;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunEnd;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts what a worker does. Written by the exchanging thread, read by anyone. */
final class Meter {
    private final Times runs = new Times();
    private final Times waits = new Times();
    private final Instant since = Instant.now();
    private final Rate rate = new Rate();
    private final Map<String, Rate> queues = new HashMap<>();
    private final Prefetch prefetch = new Prefetch();
    private long succeeded;
    private long failed;
    private long retried;

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
                prefetch.ran(nanos, run.job().spec().payload().length);
                rate.add(now);
                queues.computeIfAbsent(run.job().spec().queue(), any -> new Rate())
                        .add(now);
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

    /** How many jobs to hold in advance. */
    synchronized int prefetch(int hands) {
        return prefetch.jobs(hands);
    }

    /** Runs ended per second, over the last 30 seconds, by queue; queues without any are left out. */
    synchronized Map<String, Double> perSecondByQueue() {
        long now = System.nanoTime();
        Map<String, Double> rates = new TreeMap<>();
        queues.values().removeIf(each -> each.perSecond(now) == 0);
        queues.forEach((queue, each) -> rates.put(queue, each.perSecond(now)));
        return rates;
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
