package dev.millrace.internal;

import dev.millrace.Health;
import dev.millrace.JobState;
import dev.millrace.Stats;
import dev.millrace.StoreException;
import dev.millrace.internal.schedule.Schedule;
import dev.millrace.internal.schedule.ScheduleNotes;
import dev.millrace.internal.worker.Problem;
import dev.millrace.spi.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Looks at what hurts queues. Points off: the store does not answer 100; a worker's own trouble 30, or 60 if it may do
 * nothing more; jobs READY and no live worker that serves their queue and handles their kind 25; oldest READY job waiting over
 * a minute 15, over ten 30; a session silent for longer than its lease 15; a schedule whose tick waits for over two minutes 15;
 * over 100,000 FAILED jobs 10.
 */
public final class HealthCheck {
    private static final Duration LONG_WAIT = Duration.ofMinutes(1);
    private static final Duration VERY_LONG_WAIT = Duration.ofMinutes(10);
    private static final long MANY_FAILED = 100_000;

    private record Finding(int points, String reason) {}

    private HealthCheck() {}

    /**
     * Looks at a store.
     *
     * @param problems what this process's workers say is wrong
     */
    public static Health of(Store store, List<Problem> problems) {
        List<Finding> findings = new ArrayList<>();
        problems.forEach(problem -> findings.add(new Finding(problem.points(), problem.text())));
        try {
            Stats stats = StatsReader.read(store, List.of());
            look(stats, findings);
            for (Schedule schedule : new ScheduleNotes(store).list().schedules()) {
                schedule.behind(stats.at()).ifPresent(behind -> findings.add(behind(schedule, behind)));
            }
        } catch (StoreException e) {
            findings.add(new Finding(100, "the store does not answer: " + e.getMessage()));
        }
        findings.sort(Comparator.comparingInt(Finding::points).reversed());
        int score =
                Math.max(0, 100 - findings.stream().mapToInt(Finding::points).sum());
        return new Health(
                Health.of(score), score, findings.stream().map(Finding::reason).toList());
    }

    private static void look(Stats stats, List<Finding> findings) {
        for (Stats.WorkerInfo worker : stats.workers()) {
            if (worker.silent(stats.at())) {
                findings.add(new Finding(
                        15,
                        "worker " + worker.name() + " was not heard of for "
                                + Duration.between(worker.heardAt(), stats.at()).toSeconds()
                                + " s: its jobs are taken back by the next sweep of another worker"));
            }
        }
        List<Stats.WorkerInfo> live = stats.live();
        for (Stats.QueueStats queue : stats.queues()) {
            if (queue.paused()) {
                continue;
            }
            queue.readyKinds().forEach((kind, count) -> {
                if (live.stream().noneMatch(worker -> worker.told().handles(queue.name(), kind))) {
                    findings.add(new Finding(
                            25,
                            count + (count == 1 ? " READY job of kind " : " READY jobs of kind ") + kind + " in queue "
                                    + queue.name() + ", and no live worker has a handler for it there"));
                }
            });
            waiting(queue).ifPresent(findings::add);
        }
        long failed = stats.count(JobState.FAILED);
        if (failed > MANY_FAILED) {
            findings.add(new Finding(
                    10, failed + " FAILED jobs are kept, which have no cap: look at them, then retry or delete them"));
        }
    }

    private static Finding behind(Schedule schedule, Duration behind) {
        return new Finding(
                15,
                "schedule " + schedule.name() + " is " + behind.toSeconds() + " s behind: its tick of "
                        + schedule.place().next() + " has made no job yet, and any worker of this store makes it");
    }

    private static String ready(long count) {
        return count == 1 ? "1 READY job," : count + " READY jobs, the oldest";
    }

    private static Optional<Finding> waiting(Stats.QueueStats queue) {
        return queue.oldestWaiting()
                .filter(age -> age.compareTo(LONG_WAIT) > 0)
                .map(age -> new Finding(
                        age.compareTo(VERY_LONG_WAIT) > 0 ? 30 : 15,
                        "queue " + queue.name() + " has " + ready(queue.count(JobState.READY)) + " waiting for "
                                + age.toSeconds() + " s: it needs more workers or concurrency"));
    }
}
