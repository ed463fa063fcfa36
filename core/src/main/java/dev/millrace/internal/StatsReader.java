package dev.millrace.internal;

import dev.millrace.JobState;
import dev.millrace.Stats;
import dev.millrace.Stats.QueueStats;
import dev.millrace.Stats.Work;
import dev.millrace.Stats.WorkerInfo;
import dev.millrace.WorkerStatus;
import dev.millrace.internal.stats.Tally;
import dev.millrace.internal.stats.Totals;
import dev.millrace.internal.worker.QueueSettings;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Puts a store's counts, sessions and settings together. */
public final class StatsReader {
    private StatsReader() {}

    /**
     * Reads a store.
     *
     * @param unbooked what workers of this process did and the store does not know of yet, by queue
     */
    public static Stats read(Store store, List<Map<String, Tally>> unbooked) {
        Instant now = store.now();
        Set<String> paused = QueueSettings.paused(store);
        Map<String, List<JobCount>> byQueue = new TreeMap<>();
        store.counts()
                .forEach(count -> byQueue.computeIfAbsent(count.queue(), any -> new ArrayList<>())
                        .add(count));
        paused.forEach(queue -> byQueue.putIfAbsent(queue, List.of()));
        store.notes(QueueLimits.SPACE).forEach(note -> byQueue.putIfAbsent(note.key(), List.of()));
        Map<String, Tally> totals = Totals.read(store);
        unbooked.forEach(tallies -> tallies.forEach((queue, tally) ->
                totals.computeIfAbsent(queue, any -> new Tally()).add(tally)));
        totals.keySet().forEach(queue -> byQueue.putIfAbsent(queue, List.of()));
        List<WorkerInfo> workers = store.sessions().stream()
                .filter(session -> session.closedAt() == null)
                .sorted(Comparator.comparing(SessionRecord::openedAt))
                .map(StatsReader::worker)
                .toList();
        Map<String, Double> rates = rates(workers);
        List<QueueStats> queues = new ArrayList<>();
        Tally all = new Tally();
        byQueue.forEach((queue, counts) -> {
            Tally tally = totals.getOrDefault(queue, new Tally());
            all.add(tally);
            queues.add(queue(queue, paused.contains(queue), counts, now, tally.work(rates.getOrDefault(queue, 0.0))));
        });
        double perSecond = workers.stream()
                .mapToDouble(worker -> worker.work().perSecond())
                .sum();
        return new Stats(now, queues, workers, all.work(perSecond));
    }

    private static QueueStats queue(String name, boolean paused, List<JobCount> counts, Instant now, Work work) {
        Map<JobState, Long> byState = new TreeMap<>();
        Map<String, Long> readyKinds = new TreeMap<>();
        Optional<Duration> oldest = Optional.empty();
        for (JobCount count : counts) {
            byState.merge(count.state(), count.count(), Long::sum);
            if (count.state() == JobState.READY) {
                readyKinds.merge(count.kind(), count.count(), Long::sum);
            }
            Instant due = count.oldest();
            if (due != null) {
                Duration age = due.isAfter(now) ? Duration.ZERO : Duration.between(due, now);
                oldest = oldest.filter(other -> other.compareTo(age) >= 0).or(() -> Optional.of(age));
            }
        }
        return new QueueStats(name, paused, byState, oldest, readyKinds, work);
    }

    private static WorkerInfo worker(SessionRecord session) {
        return new WorkerInfo(
                session.id(),
                session.worker(),
                session.heardAt(),
                session.claims(),
                session.status(),
                WorkerStatus.parse(session.status()));
    }

    private static Map<String, Double> rates(List<WorkerInfo> workers) {
        Map<String, Double> rates = new HashMap<>();
        for (WorkerInfo worker : workers) {
            worker.told().queuesPerSecond().forEach((queue, rate) -> rates.merge(queue, rate, Double::sum));
        }
        return rates;
    }
}
