package dev.millrace.internal.worker;

import dev.millrace.WorkerStats;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a worker tells of itself with each beat, as JSON: the same for every engine, so that screens can rely on it. */
final class StatusLine {
    /** The status is stored with every heartbeat, so it is kept short. */
    private static final int MOST_RATES = 100;

    private final WorkerConfig config;
    private final long pid = ProcessHandle.current().pid();

    StatusLine(WorkerConfig config) {
        this.config = config;
    }

    /** @param rates runs per second by queue */
    String json(WorkerStats stats, Map<String, Double> rates, String phase, boolean quiet, List<String> problems) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("pid", pid);
        json.put("phase", quiet ? "quiet" : phase);
        json.put("leaseMillis", config.timing().lease().toMillis());
        json.put("concurrency", config.threads().concurrency());
        putCaps(json, "kindConcurrency", config.threads().kinds());
        putCaps(json, "queueConcurrency", config.threads().queues());
        json.put("running", stats.counts().running());
        json.put("waiting", stats.counts().waiting());
        json.put("processed", stats.counts().processed());
        json.put("succeeded", stats.counts().succeeded());
        json.put("failed", stats.counts().failed());
        json.put("retried", stats.counts().retried());
        json.put("perSecond", rounded(stats.perSecond()));
        json.put("meanRunMicros", stats.runTime().mean().toNanos() / 1_000);
        json.put("p95RunMicros", stats.runTime().p95().toNanos() / 1_000);
        json.put("meanWaitMicros", stats.waitTime().mean().toNanos() / 1_000);
        json.put("p95WaitMicros", stats.waitTime().p95().toNanos() / 1_000);
        new TreeSet<>(config.handlers().keySet()).forEach(json.putArray("kinds")::add);
        config.queues().forEach(json.putArray("queues")::add);
        problems.forEach(json.putArray("problems")::add);
        ObjectNode byQueue = json.putObject("queuesPerSecond");
        rates.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(MOST_RATES)
                .forEach(rate -> byQueue.put(rate.getKey(), rounded(rate.getValue())));
        return json.toString();
    }

    private static void putCaps(ObjectNode json, String name, Map<String, Integer> caps) {
        if (!caps.isEmpty()) {
            ObjectNode each = json.putObject(name);
            new TreeMap<>(caps).forEach((key, most) -> each.put(key, most));
        }
    }

    private static double rounded(double perSecond) {
        return Math.round(perSecond * 10) / 10.0;
    }
}
