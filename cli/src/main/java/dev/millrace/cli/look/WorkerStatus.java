package dev.millrace.cli.look;

import dev.millrace.cli.out.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a worker told of itself with its last heartbeat. What another version's worker does not tell is empty.
 *
 * @param json all of it
 */
public record WorkerStatus(JsonNode json) {
    /** Reads the status of a session. */
    public static WorkerStatus of(String status) {
        try {
            return new WorkerStatus(JsonMapper.shared().readTree(status));
        } catch (JacksonException e) {
            return new WorkerStatus(JsonMapper.shared().createObjectNode());
        }
    }

    /** "started", "quiet", "stopping". */
    public String phase() {
        return json.path("phase").asString("");
    }

    /** How long it may be silent before it is given up. */
    public Duration lease() {
        return Duration.ofMillis(json.path("leaseMillis").asLong(30_000));
    }

    /** Handlers at work, of how many at most: "3/16". */
    public String running() {
        return json.path("running").isNumber()
                ? json.path("running").asInt() + "/" + json.path("concurrency").asInt()
                : "";
    }

    /** Runs that end per second. */
    public double perSecond() {
        return json.path("perSecond").asDouble(0);
    }

    /** 95 of 100 runs took no longer, for people; empty before the first. */
    public String p95Run() {
        long micros = json.path("p95RunMicros").asLong(0);
        return micros == 0 ? "" : Durations.human(Duration.ofNanos(micros * 1_000));
    }

    /** 95 of 100 jobs waited no longer, for people; empty before the first. */
    public String p95Wait() {
        long micros = json.path("p95WaitMicros").asLong(0);
        return micros == 0 ? "" : Durations.human(Duration.ofNanos(micros * 1_000));
    }

    /** The kinds that it has handlers for. */
    public List<String> kinds() {
        return texts("kinds");
    }

    /** Whether it serves a queue; one that names none serves all. */
    public boolean serves(String queue) {
        List<String> queues = queues();
        return queues.isEmpty() || queues.contains(queue);
    }

    /** The queues that it serves; empty for all. */
    public List<String> queues() {
        return texts("queues");
    }

    private List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        json.path(name).forEach(text -> texts.add(text.asString("")));
        return texts;
    }
}
