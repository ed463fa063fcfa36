package dev.millrace.nats;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** The lanes that have jobs, by queue and kind; those with READY jobs apart, since claims look at these only. */
final class Lanes {
    private final Map<String, Map<String, Lane>> all = new TreeMap<>();
    private final Map<String, Map<String, Lane>> ready = new HashMap<>();

    /** The lane, made when there is none. */
    Lane of(String queue, String kind) {
        return all.computeIfAbsent(queue, any -> new TreeMap<>()).computeIfAbsent(kind, any -> new Lane(queue, kind));
    }

    Map<String, Map<String, Lane>> all() {
        return Collections.unmodifiableMap(all);
    }

    /** Those with READY jobs. */
    Map<String, Map<String, Lane>> ready() {
        return Collections.unmodifiableMap(ready);
    }

    boolean isReady(Lane lane) {
        return ready.getOrDefault(lane.queue, Map.of()).get(lane.kind) == lane;
    }

    void addReady(Job job) {
        Lane lane = job.lane;
        lane.addReady(job);
        if (lane.readySize() == 1) {
            ready.computeIfAbsent(lane.queue, any -> new HashMap<>()).put(lane.kind, lane);
        }
    }

    void removeReady(Job job) {
        job.lane.removeReady(job);
        if (!job.lane.hasReady()) {
            remove(ready, job.lane);
        }
    }

    void dropIfEmpty(Lane lane) {
        if (lane.isEmpty()) {
            remove(all, lane);
        }
    }

    /** Drops those without jobs, such as a replay leaves when all jobs of one were deleted. */
    void dropEmpty() {
        all.values().forEach(ofQueue -> ofQueue.values().removeIf(Lane::isEmpty));
        all.values().removeIf(Map::isEmpty);
    }

    private static void remove(Map<String, Map<String, Lane>> lanes, Lane lane) {
        lanes.computeIfPresent(lane.queue, (queue, ofQueue) -> {
            ofQueue.remove(lane.kind, lane);
            return ofQueue.isEmpty() ? null : ofQueue;
        });
    }
}
