package dev.millrace.internal.worker;

import dev.millrace.WorkerStats;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a worker tells of itself with each beat, as JSON: the same for every engine, so that screens can rely on it. */
final class StatusLine {
    /** The status is sent with every beat, so it is kept short: of more queues than this, the busiest are told. */
    private static final int MOST_QUEUES = 100;

    private final WorkerConfig config;
    private final long pid = ProcessHandle.current().pid();

    StatusLine(WorkerConfig config) {
        this.config = config;
    }

    String json(WorkerStats stats, Map<String, Double> queueRates, String phase, boolean quiet, List<String> problems) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("pid", pid);
        json.put("phase", quiet ? "quiet" : phase);
        json.put("leaseMillis", config.timing().lease().toMillis());
        json.put("concurrency", config.threads().concurrency());
        json.put("running", stats.counts().running());
        json.put("waiting", stats.counts().waiting());
        json.put("processed", stats.counts().processed());
        json.put("failed", stats.counts().failed());
        json.put("retried", stats.counts().retried());
        json.put("perSecond", tenths(stats.perSecond()));
        ObjectNode rates = json.putObject("queueRates");
        queueRates.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(MOST_QUEUES)
                .forEach(entry -> rates.put(entry.getKey(), tenths(entry.getValue())));
        json.put("meanRunMicros", stats.runTime().mean().toNanos() / 1_000);
        json.put("p95RunMicros", stats.runTime().p95().toNanos() / 1_000);
        json.put("p95WaitMicros", stats.waitTime().p95().toNanos() / 1_000);
        new TreeSet<>(config.handlers().keySet()).forEach(json.putArray("kinds")::add);
        config.queues().forEach(json.putArray("queues")::add);
        problems.forEach(json.putArray("problems")::add);
        return json.toString();
    }

    private static double tenths(double number) {
        return Math.round(number * 10) / 10.0;
    }
}
