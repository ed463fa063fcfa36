package dev.millrace.internal.worker;

import dev.millrace.WorkerStats;
import dev.millrace.internal.stats.Tally;
import dev.millrace.spi.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a worker does: in all, and by queue what was not booked yet. Written by the exchanging threads, read by anyone.
 */
final class Meter {
    private final Instant since = Instant.now();
    /** What was booked. */
    private final Tally booked = new Tally();

    private final Map<String, Lane> lanes = new HashMap<>();
    private final Rate rate = new Rate();
    private final Prefetch prefetch = new Prefetch();
    private @Nullable Lane last;

    /** A queue, as far as this worker has served it of late. */
    private static final class Lane {
        private final String queue;
        private final Rate rate = new Rate();
        private Tally fresh = new Tally();

        Lane(String queue) {
            this.queue = queue;
        }
    }

    /** The outcomes of these runs were recorded. */
    synchronized void ended(List<Run> ended) {
        long now = System.nanoTime();
        for (Run run : ended) {
            Lane lane = lane(run.queue());
            Outcome outcome = run.outcome();
            if (outcome != null) {
                lane.fresh.ended(outcome.end());
            }
            if (run.started()) {
                long nanos = run.ranNanos();
                lane.fresh.ran(nanos, run.waitedNanos());
                lane.rate.add(now);
                prefetch.ran(nanos, run.job().spec().payload().length);
                rate.add(now);
            }
        }
    }

    private Lane lane(String queue) {
        Lane lane = last;
        if (lane == null || !lane.queue.equals(queue)) {
            lane = lanes.computeIfAbsent(queue, Lane::new);
            last = lane;
        }
        return lane;
    }

    /** How many jobs to hold in advance. */
    synchronized int prefetch(int hands) {
        return prefetch.jobs(hands);
    }

    /** The queues of which something is not booked yet. */
    synchronized List<String> unbookedQueues() {
        List<String> queues = new ArrayList<>();
        for (Lane lane : lanes.values()) {
            if (!lane.fresh.isEmpty()) {
                queues.add(lane.queue);
            }
        }
        return queues;
    }

    /** Takes what is not booked of a queue; it counts as booked from now on. */
    synchronized Tally take(String queue) {
        Lane lane = lane(queue);
        Tally taken = lane.fresh;
        lane.fresh = new Tally();
        booked.add(taken);
        return taken;
    }

    /** Forgets queues that nothing was done for of late. */
    synchronized void forgetIdle() {
        long now = System.nanoTime();
        last = null;
        lanes.values().removeIf(lane -> lane.fresh.isEmpty() && lane.rate.perSecond(now) == 0);
    }

    /** A copy of what is not booked yet, by queue. */
    synchronized Map<String, Tally> unbooked() {
        Map<String, Tally> copy = new TreeMap<>();
        for (Lane lane : lanes.values()) {
            if (!lane.fresh.isEmpty()) {
                Tally tally = new Tally();
                tally.add(lane.fresh);
                copy.put(lane.queue, tally);
            }
        }
        return copy;
    }

    /** Runs per second by queue, of those that are not idle. */
    synchronized Map<String, Double> rates() {
        long now = System.nanoTime();
        Map<String, Double> rates = new TreeMap<>();
        for (Lane lane : lanes.values()) {
            double perSecond = lane.rate.perSecond(now);
            if (perSecond > 0) {
                rates.put(lane.queue, perSecond);
            }
        }
        return rates;
    }

    synchronized WorkerStats stats(String name, int running, int waiting) {
        Tally all = new Tally();
        all.add(booked);
        lanes.values().forEach(lane -> all.add(lane.fresh));
        long processed = all.succeeded() + all.failed() + all.retried();
        return new WorkerStats(
                name,
                Duration.between(since, Instant.now()),
                new WorkerStats.Counts(processed, all.succeeded(), all.failed(), all.retried(), running, waiting),
                rate.perSecond(System.nanoTime()),
                all.runs().summary(),
                all.waits().summary());
    }
}
