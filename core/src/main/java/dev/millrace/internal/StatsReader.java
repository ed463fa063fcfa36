package dev.millrace.internal;

import dev.millrace.JobState;
import dev.millrace.Stats;
import dev.millrace.Stats.QueueStats;
import dev.millrace.Stats.WorkerInfo;
import dev.millrace.internal.worker.QueueSettings;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Puts a store's counts, sessions and settings together. */
public final class StatsReader {
    private StatsReader() {}

    public static Stats read(Store store) {
        Instant now = store.now();
        Set<String> paused = QueueSettings.paused(store);
        Map<String, List<JobCount>> byQueue = new TreeMap<>();
        store.counts()
                .forEach(count -> byQueue.computeIfAbsent(count.queue(), any -> new ArrayList<>())
                        .add(count));
        paused.forEach(queue -> byQueue.putIfAbsent(queue, List.of()));
        List<WorkerInfo> workers = store.sessions().stream()
                .filter(session -> session.closedAt() == null)
                .sorted(Comparator.comparing(SessionRecord::openedAt))
                .map(session -> new WorkerInfo(
                        session.id(), session.worker(), session.heardAt(), session.claims(), session.status()))
                .toList();
        List<JsonNode> told = workers.stream().map(StatsReader::status).toList();
        List<QueueStats> queues = new ArrayList<>();
        byQueue.forEach((queue, counts) -> {
            double perSecond = told.stream()
                    .mapToDouble(status -> status.path("queueRates").path(queue).asDouble(0))
                    .sum();
            queues.add(queue(queue, paused.contains(queue), counts, now, perSecond));
        });
        double perSecond = told.stream()
                .mapToDouble(status -> status.path("perSecond").asDouble(0))
                .sum();
        return new Stats(now, queues, workers, perSecond);
    }

    private static QueueStats queue(String name, boolean paused, List<JobCount> counts, Instant now, double perSecond) {
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
        return new QueueStats(name, paused, byState, oldest, readyKinds, perSecond);
    }

    private static JsonNode status(WorkerInfo worker) {
        try {
            return JsonMapper.shared().readTree(worker.status());
        } catch (JacksonException e) {
            return JsonMapper.shared().createObjectNode(); // another version's worker: what it tells is not known here
        }
    }
}
