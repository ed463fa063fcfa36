package dev.millrace.internal.doctor;

import dev.millrace.Stats.WorkerInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A live session, and what its worker last told of itself. What other versions do not tell is taken for the default. */
record WorkerStatus(WorkerInfo worker, Duration silence, JsonNode status) {
    private static final Duration LEASE = Duration.ofSeconds(30);

    static WorkerStatus of(WorkerInfo worker, Instant now) {
        return new WorkerStatus(worker, Duration.between(worker.heardAt(), now), parse(worker.status()));
    }

    private static JsonNode parse(String json) {
        try {
            return JsonMapper.shared().readTree(json);
        } catch (JacksonException e) {
            return JsonMapper.shared().createObjectNode();
        }
    }

    String name() {
        return worker.name();
    }

    /** Whether it says how long its lease is. */
    boolean tellsLease() {
        return status.path("leaseMillis").isNumber();
    }

    Duration lease() {
        return Duration.ofMillis(status.path("leaseMillis").asLong(LEASE.toMillis()));
    }

    boolean silent() {
        return silence.compareTo(lease()) > 0;
    }

    double perSecond() {
        return status.path("perSecond").asDouble(0);
    }

    /** Whether it would run such a job. One that tells no kinds may have any. */
    boolean handles(String queue, String kind) {
        return has("kinds", kind) && has("queues", queue);
    }

    private boolean has(String list, String name) {
        JsonNode names = status.path(list);
        boolean all = !names.isArray() || (list.equals("queues") && names.isEmpty());
        return all || texts(list).contains(name);
    }

    List<String> problems() {
        return texts("problems");
    }

    private List<String> texts(String list) {
        List<String> texts = new ArrayList<>();
        status.path(list).forEach(each -> texts.add(each.asString("")));
        return texts;
    }
}
