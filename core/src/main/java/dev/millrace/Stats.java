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
 * @param queues by name
 * @param workers with a live session, oldest first
 * @param perSecond runs that end per second, over the last 30 seconds, as the live workers tell with their heartbeats
 */
public record Stats(Instant at, List<QueueStats> queues, List<WorkerInfo> workers, double perSecond) {

    /** How many jobs there are in a state, over all queues. */
    public long count(JobState state) {
        return queues.stream().mapToLong(queue -> queue.count(state)).sum();
    }

    /**
     * One queue.
     *
     * @param name the queue
     * @param paused whether it is paused
     * @param counts how many jobs there are, by state; states without a job are left out
     * @param oldestWaiting how long the READY job that has waited longest is due; empty when none is READY
     * @param readyKinds how many READY jobs there are by kind
     * @param perSecond runs that end per second, over the last 30 seconds, as the live workers tell with their heartbeats
     */
    public record QueueStats(
            String name,
            boolean paused,
            Map<JobState, Long> counts,
            Optional<Duration> oldestWaiting,
            Map<String, Long> readyKinds,
            double perSecond) {
        public long count(JobState state) {
            return counts.getOrDefault(state, 0L);
        }
    }

    /**
     * A live worker, as it told with its last heartbeat.
     *
     * @param session its session
     * @param name its name
     * @param heardAt when it was last heard of, by the store's clock
     * @param claims how many jobs it holds
     * @param status what else it told, as JSON
     */
    public record WorkerInfo(UUID session, String name, Instant heardAt, int claims, String status) {}

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
            text.append('\n');
        }
        return text.append(workers.size())
                .append(workers.size() == 1 ? " worker, " : " workers, ")
                .append(Math.round(perSecond))
                .append(" jobs/s")
                .toString();
    }
}
