package dev.millrace;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What is in a store and who works on it. A snapshot.
 *
 * @param at the store's time
 * @param queues by name: those that have jobs, had some worked on, are paused, or have limits
 * @param workers with an open session, oldest first; those that died lately are {@link WorkerInfo#silent silent}
 * @param work what came of runs in all queues together
 */
public record Stats(Instant at, List<QueueStats> queues, List<WorkerInfo> workers, Work work) {

    /** Runs that end per second, over the last 30 seconds, as the live workers tell with their heartbeats. */
    public double perSecond() {
        return work.perSecond();
    }

    /** The workers that were heard of within their lease, oldest first. */
    public List<WorkerInfo> live() {
        return workers.stream().filter(worker -> !worker.silent(at)).toList();
    }

    /** How many jobs there are in a state, over all queues. */
    public long count(JobState state) {
        return queues.stream().mapToLong(queue -> queue.count(state)).sum();
    }

    /**
     * What came of runs. Of queues: by all workers there ever were; counts are of all time, times of about the last 100,000
     * runs of each queue (older ones fade), and a queue in which nothing ran for 30 days is forgotten. Of a worker: since it
     * was built. For people: a worker that dies takes up to ten seconds of its counts with it.
     *
     * @param succeeded runs whose handler returned
     * @param failed runs that failed for good
     * @param retried runs that failed and were to be tried again
     * @param perSecond runs that end per second, over the last 30 seconds, as the live workers tell with their heartbeats
     * @param runTime how long handlers ran
     * @param waitTime how long jobs waited from when they were due until their handler began
     */
    public record Work(
            long succeeded,
            long failed,
            long retried,
            double perSecond,
            WorkerStats.Time runTime,
            WorkerStats.Time waitTime) {
        /** Runs that succeeded, failed for good or were to be retried. */
        public long processed() {
            return succeeded + failed + retried;
        }

        @Override
        public String toString() {
            return processed() + " processed (" + failed + " failed, " + retried + " retried), " + Math.round(perSecond)
                    + "/s, ran " + runTime + ", waited " + waitTime;
        }
    }

    /**
     * One queue.
     *
     * @param name the queue
     * @param paused whether it is paused
     * @param counts how many jobs there are, by state; states without a job are left out
     * @param oldestWaiting how long the READY job that has waited longest is due; empty when none is READY
     * @param readyKinds how many READY jobs there are by kind
     * @param work what came of its jobs' runs
     */
    public record QueueStats(
            String name,
            boolean paused,
            Map<JobState, Long> counts,
            Optional<Duration> oldestWaiting,
            Map<String, Long> readyKinds,
            Work work) {
        /** How many jobs there are in a state. */
        public long count(JobState state) {
            return counts.getOrDefault(state, 0L);
        }
    }

    /**
     * A worker whose session is open, as it told with its last heartbeat.
     *
     * @param session its session
     * @param name its name
     * @param heardAt when it was last heard of, by the store's clock
     * @param claims how many jobs it holds
     * @param status what else it told, as JSON
     * @param told what it told, read from there
     */
    public record WorkerInfo(UUID session, String name, Instant heardAt, int claims, String status, WorkerStatus told) {
        /** What came of its runs, as it told. */
        public Work work() {
            return told.work();
        }

        /** Whether it has been silent for longer than its lease at a time of the store's, such as {@link Stats#at()}. */
        public boolean silent(Instant now) {
            return told.silent(heardAt, now);
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (QueueStats queue : queues) {
            text.append(queue.name()).append(queue.paused() ? " (paused)" : "").append(':');
            queue.counts()
                    .forEach((state, count) -> text.append(' ')
                            .append(count)
                            .append(' ')
                            .append(state.name().toLowerCase(Locale.ROOT)));
            queue.oldestWaiting()
                    .ifPresent(age -> text.append(", oldest waits ").append(age.truncatedTo(ChronoUnit.MILLIS)));
            if (queue.work().processed() > 0) {
                text.append("; ").append(queue.work());
            }
            text.append('\n');
        }
        return text.append(workers.size())
                .append(workers.size() == 1 ? " worker, " : " workers, ")
                .append(Math.round(perSecond()))
                .append(" jobs/s")
                .toString();
    }
}
