package dev.millrace;

import dev.millrace.Stats.Work;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a worker told of itself with its last heartbeat. Workers of other versions may tell less or more: what is not told is
 * empty here, and never the ground to take a worker for dead or useless.
 *
 * @param phase "started", "quiet", "stopping"; empty when not told
 * @param toldLease how long it may be silent before it is given up, if told; see {@link #lease()}
 * @param running handlers at work
 * @param concurrency how many handlers may be at work at once
 * @param toldKinds the kinds that it has handlers for, if told
 * @param queues the queues that it serves; empty for all
 * @param problems what it says is wrong with it, for people
 * @param queuesPerSecond runs that end per second, over the last 30 seconds, by queue
 * @param work what came of its runs
 */
public record WorkerStatus(
        String phase,
        Optional<Duration> toldLease,
        OptionalInt running,
        OptionalInt concurrency,
        Optional<List<String>> toldKinds,
        List<String> queues,
        List<String> problems,
        Map<String, Double> queuesPerSecond,
        Work work) {
    /** The lease of workers that do not tell theirs: what a worker has unless it is set. */
    private static final Duration LEASE = Duration.ofSeconds(30);

    public WorkerStatus {
        toldKinds = toldKinds.map(List::copyOf);
        queues = List.copyOf(queues);
        problems = List.copyOf(problems);
        queuesPerSecond = Map.copyOf(queuesPerSecond);
    }

    /** Reads the status of a session, as the store keeps it; what is no JSON tells nothing. */
    public static WorkerStatus parse(String status) {
        JsonNode json = read(status);
        Map<String, Double> rates = new HashMap<>();
        json.path("queuesPerSecond")
                .properties()
                .forEach(rate -> rates.put(rate.getKey(), rate.getValue().asDouble(0)));
        return new WorkerStatus(
                json.path("phase").asString(""),
                json.path("leaseMillis").isNumber()
                        ? Optional.of(Duration.ofMillis(json.path("leaseMillis").asLong(LEASE.toMillis())))
                        : Optional.empty(),
                number(json, "running"),
                number(json, "concurrency"),
                json.path("kinds").isArray() ? Optional.of(texts(json, "kinds")) : Optional.empty(),
                texts(json, "queues"),
                texts(json, "problems"),
                rates,
                work(json));
    }

    private static Work work(JsonNode json) {
        return new Work(
                json.path("succeeded").asLong(0),
                json.path("failed").asLong(0),
                json.path("retried").asLong(0),
                json.path("perSecond").asDouble(0),
                new WorkerStats.Time(micros(json, "meanRunMicros"), micros(json, "p95RunMicros")),
                new WorkerStats.Time(micros(json, "meanWaitMicros"), micros(json, "p95WaitMicros")));
    }

    /** How long it may be silent before it is given up: 30 seconds when not told. */
    public Duration lease() {
        return toldLease.orElse(LEASE);
    }

    /** The kinds that it has handlers for; empty when not told. */
    public List<String> kinds() {
        return toldKinds.orElse(List.of());
    }

    /** Whether it serves a queue; one that names none serves all. */
    public boolean serves(String queue) {
        return queues.isEmpty() || queues.contains(queue);
    }

    /** Whether it would run such a job: it serves the queue and has the handler. One that tells no kinds may have any. */
    public boolean handles(String queue, String kind) {
        return serves(queue) && toldKinds.map(kinds -> kinds.contains(kind)).orElse(true);
    }

    /**
     * Whether it has been silent for longer than its lease: then it is dead, or cut off, and its jobs are others'.
     *
     * @param heardAt when it was last heard of, by the store's clock
     * @param now the store's time
     */
    public boolean silent(Instant heardAt, Instant now) {
        return Duration.between(heardAt, now).compareTo(lease()) > 0;
    }

    private static JsonNode read(String status) {
        try {
            return JsonMapper.shared().readTree(status);
        } catch (JacksonException e) {
            return JsonMapper.shared().createObjectNode();
        }
    }

    private static OptionalInt number(JsonNode json, String name) {
        JsonNode number = json.path(name);
        return number.isNumber() ? OptionalInt.of(number.asInt(0)) : OptionalInt.empty();
    }

    private static Duration micros(JsonNode json, String name) {
        return Duration.of(json.path(name).asLong(0), ChronoUnit.MICROS);
    }

    private static List<String> texts(JsonNode json, String name) {
        List<String> texts = new ArrayList<>();
        json.path(name).forEach(text -> texts.add(text.asString("")));
        return texts;
    }
}
