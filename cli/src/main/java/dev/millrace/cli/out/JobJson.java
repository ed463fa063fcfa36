package dev.millrace.cli.out;

import dev.millrace.DataForm;
import dev.millrace.JobInfo;
import dev.millrace.ScheduleInfo;
import dev.millrace.SerializationException;
import dev.millrace.TypeRef;
import dev.millrace.spi.JobRecord;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** A job as one JSON object: what {@code --json} prints. What is absent is left out; times are ISO-8601 in UTC. */
public final class JobJson {
    private static final TypeRef<JsonNode> JSON = TypeRef.of(JsonNode.class);

    private JobJson() {}

    /** The job without what its runs left. */
    public static ObjectNode of(JobInfo job) {
        JobRecord record = job.record();
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("id", job.id().toString());
        json.put("kind", job.kind());
        json.put("queue", job.queue());
        json.put("priority", job.priority());
        json.put("state", lower(job.state()));
        job.cancelReason().ifPresent(reason -> json.put("cancelReason", lower(reason)));
        put(json, "waitsFor", record.gate() == null ? null : lower(record.gate()));
        json.put("attempt", job.attempt());
        if (!job.tags().isEmpty()) {
            new TreeSet<>(job.tags()).forEach(json.putArray("tags")::add);
        }
        if (!job.meta().isEmpty()) {
            new TreeMap<>(job.meta()).forEach(json.putObject("meta")::put);
        }
        put(json, "uniqueKey", record.spec().keys().uniqueKey());
        var group = record.spec().keys().group();
        put(json, "group", group == null ? null : group.key());
        job.workflow()
                .ifPresent(member -> json.putObject("workflow")
                        .put("id", member.workflow().toString())
                        .put("job", member.name()));
        json.set("payload", payload(job));
        JsonNode result = result(job);
        if (result != null) {
            json.set("result", result);
        }
        job.failure().ifPresent(failure -> json.put("error", failure.toString()));
        if (!job.progress().toString().isEmpty()) {
            ObjectNode progress = json.putObject("progress");
            progress.put("done", job.progress().done());
            progress.put("total", job.progress().total());
            progress.put("message", job.progress().message());
        }
        put(json, "enqueuedAt", job.enqueuedAt());
        put(json, "dueAt", job.dueAt());
        put(json, "startedAt", job.startedAt().orElse(null));
        put(json, "finishedAt", job.finishedAt().orElse(null));
        put(json, "expiresAt", job.expiresAt().orElse(null));
        return json;
    }

    /** The payload as JSON; what is encrypted, as a word on that; what is no JSON, as text in base 64. */
    public static JsonNode payload(JobInfo job) {
        JsonNode payload = read(() -> job.payload(JSON), job.record().spec().payload());
        return payload == null ? JsonMapper.shared().nullNode() : payload;
    }

    /** The payload of a schedule's jobs, likewise. */
    public static JsonNode payload(ScheduleInfo schedule) {
        JsonNode payload = read(() -> schedule.payload(JSON), schedule.job().payload());
        return payload == null ? JsonMapper.shared().nullNode() : payload;
    }

    /** The result as JSON; null when there is none. */
    public static @Nullable JsonNode result(JobInfo job) {
        byte[] result = job.record().result();
        return result == null ? null : read(() -> job.result(JSON), result);
    }

    private static @Nullable JsonNode read(Supplier<@Nullable JsonNode> reader, byte[] data) {
        if (DataForm.of(data) instanceof DataForm.Encrypted encrypted) {
            return StringNode.valueOf(encrypted.toString());
        }
        try {
            return reader.get();
        } catch (SerializationException e) {
            return StringNode.valueOf("base64:" + Base64.getEncoder().encodeToString(data));
        }
    }

    /** What a worker told of itself, as it told it; an empty object if that is no JSON. */
    public static JsonNode status(String status) {
        try {
            return JsonMapper.shared().readTree(status);
        } catch (JacksonException e) {
            return JsonMapper.shared().createObjectNode();
        }
    }

    /** An enum's constant as JSON and screens have it. */
    public static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** Adds a time unless it is null. */
    public static void put(ObjectNode json, String name, @Nullable Instant time) {
        put(json, name, time == null ? null : time.toString());
    }

    /** Adds text unless it is null. */
    public static void put(ObjectNode json, String name, @Nullable String text) {
        if (text != null) {
            json.put(name, text);
        }
    }
}
