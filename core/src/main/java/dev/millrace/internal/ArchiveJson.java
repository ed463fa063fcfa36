package dev.millrace.internal;

import dev.millrace.CancelReason;
import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.Parent;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Transfer.Item;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Items of an archive as JSON, and what others store of jobs. What is null or empty is left out; bytes are Base64; times are ISO-8601. */
public final class ArchiveJson {
    private static final JsonMapper JSON = JsonMapper.shared();

    private ArchiveJson() {}

    static ObjectNode write(Item item) {
        return item instanceof Item.Job job ? job(job) : note((Item.Noted) item);
    }

    static Item read(JsonNode node) {
        return node.has("note") ? note(node) : job(node);
    }

    private static ObjectNode note(Item.Noted noted) {
        ObjectNode node = JSON.createObjectNode();
        node.put("note", noted.note().key());
        node.put("space", noted.note().space());
        node.put("value", noted.note().value());
        node.put("revision", noted.note().revision());
        put(node, "ttl", noted.timeToLive());
        return node;
    }

    private static Item note(JsonNode node) {
        Note note = new Note(
                text(node, "space"),
                text(node, "note"),
                bytes(node, "value"),
                node.path("revision").asLong());
        return new Item.Noted(note, optional(node, "ttl", Duration::parse));
    }

    /** What a producer said of a job. */
    public static ObjectNode spec(JobSpec spec) {
        ObjectNode node = JSON.createObjectNode();
        node.put("id", spec.id().toString());
        node.put("kind", spec.kind());
        node.put("queue", spec.queue());
        node.put("priority", spec.priority());
        node.put("payload", spec.payload());
        node.put("options", spec.options());
        new TreeSet<>(spec.labels().tags()).forEach(node.putArray("tags")::add);
        ObjectNode meta = node.putObject("meta");
        new TreeMap<>(spec.labels().meta()).forEach(meta::put);
        String keys = spec.keys().encode();
        if (!keys.isEmpty()) {
            node.put("keys", keys);
        }
        put(node, "keepFor", spec.keepFor());
        return node;
    }

    private static ObjectNode job(Item.Job item) {
        JobRecord record = item.job();
        ObjectNode node = spec(record.spec());
        node.put("state", record.state().name());
        put(node, "gate", record.gate());
        put(node, "cancelReason", record.cancelReason());
        run(node.putObject("run"), record.run());
        times(node.putObject("times"), record.times());
        if (record.result() != null) {
            node.put("result", record.result());
        }
        put(node, "failure", record.failure());
        trail(node, item.trail());
        parents(node, item.parents());
        return node;
    }

    private static void run(ObjectNode node, JobRecord.Run run) {
        node.put("token", run.token());
        node.put("attempt", run.attempt());
        node.put("snoozes", run.snoozes());
        node.put("rescues", run.rescues());
        put(node, "session", run.session());
        node.put("cancelRequested", run.cancelRequested());
        node.put("done", run.progress().done());
        node.put("total", run.progress().total());
        node.put("message", run.progress().message());
    }

    private static void times(ObjectNode node, JobRecord.Times times) {
        put(node, "created", times.createdAt());
        put(node, "due", times.dueAt());
        put(node, "expires", times.expiresAt());
        put(node, "started", times.startedAt());
        put(node, "finished", times.finishedAt());
        put(node, "keepUntil", times.keepUntil());
        put(node, "delay", times.delay());
    }

    private static void trail(ObjectNode node, JobTrail trail) {
        ArrayNode runs = node.putArray("runs");
        for (RunRecord run : trail.runs()) {
            ObjectNode entry = runs.addObject();
            entry.put("token", run.token());
            entry.put("attempt", run.attempt());
            entry.put("worker", run.worker());
            put(entry, "started", run.startedAt());
            put(entry, "ended", run.endedAt());
            put(entry, "end", run.end());
            put(entry, "failure", run.failure());
        }
        ArrayNode log = node.putArray("log");
        trail.log()
                .forEach(line -> log.addObject().put("at", line.at().toString()).put("text", line.text()));
        ObjectNode steps = node.putObject("steps");
        trail.steps().forEach((name, value) -> steps.put(name, value));
    }

    /**
     * Reads what {@link #spec(JobSpec)} wrote.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static JobSpec spec(JsonNode node) {
        Keys keys = Keys.decode(node.path("keys").asString(""));
        Set<String> tags = new LinkedHashSet<>();
        node.path("tags").forEach(tag -> tags.add(tag.asString()));
        Map<String, String> meta = new LinkedHashMap<>();
        node.path("meta")
                .properties()
                .forEach(entry -> meta.put(entry.getKey(), entry.getValue().asString()));
        return new JobSpec(
                UUID.fromString(text(node, "id")),
                text(node, "kind"),
                text(node, "queue"),
                node.path("priority").asInt(),
                bytes(node, "payload"),
                text(node, "options"),
                new Labels(tags, meta),
                keys,
                optional(node, "keepFor", Duration::parse));
    }

    private static Item job(JsonNode node) {
        JobRecord record = new JobRecord(
                spec(node),
                JobState.valueOf(text(node, "state")),
                optional(node, "gate", JobRecord.Gate::valueOf),
                optional(node, "cancelReason", CancelReason::valueOf),
                run(node.path("run")),
                times(node.path("times")),
                node.has("result") ? bytes(node, "result") : null,
                failure(node.path("failure")));
        return new Item.Job(record, trail(node), parents(record.id(), node.path("parents")));
    }

    private static void parents(ObjectNode node, List<Dependency> parents) {
        if (parents.isEmpty()) {
            return;
        }
        ArrayNode array = node.putArray("parents");
        for (Dependency dependency : parents) {
            ObjectNode entry = array.addObject();
            entry.put("id", dependency.parent().job().toString());
            entry.put("queue", dependency.parent().queue());
            entry.put("wish", dependency.parent().wish().name());
            put(entry, "verdict", dependency.verdict());
        }
    }

    private static List<Dependency> parents(UUID child, JsonNode array) {
        List<Dependency> parents = new ArrayList<>();
        array.forEach(entry -> parents.add(new Dependency(
                child,
                new Parent(UUID.fromString(text(entry, "id")), text(entry, "queue"), Wish.valueOf(text(entry, "wish"))),
                optional(entry, "verdict", Verdict::valueOf))));
        return parents;
    }

    private static JobRecord.Run run(JsonNode node) {
        return new JobRecord.Run(
                node.path("token").asLong(),
                node.path("attempt").asInt(),
                node.path("snoozes").asInt(),
                node.path("rescues").asInt(),
                optional(node, "session", UUID::fromString),
                node.path("cancelRequested").asBoolean(),
                new Progress(node.path("done").asLong(), node.path("total").asLong(), text(node, "message")));
    }

    private static JobRecord.Times times(JsonNode node) {
        return new JobRecord.Times(
                Instant.parse(text(node, "created")),
                Instant.parse(text(node, "due")),
                optional(node, "expires", Instant::parse),
                optional(node, "started", Instant::parse),
                optional(node, "finished", Instant::parse),
                optional(node, "keepUntil", Instant::parse),
                optional(node, "delay", Duration::parse));
    }

    private static JobTrail trail(JsonNode node) {
        List<RunRecord> runs = new ArrayList<>();
        node.path("runs")
                .forEach(run -> runs.add(new RunRecord(
                        run.path("token").asLong(),
                        run.path("attempt").asInt(),
                        text(run, "worker"),
                        Instant.parse(text(run, "started")),
                        Instant.parse(text(run, "ended")),
                        RunEnd.valueOf(text(run, "end")),
                        failure(run.path("failure")))));
        List<LogLine> log = new ArrayList<>();
        node.path("log").forEach(line -> log.add(new LogLine(Instant.parse(text(line, "at")), text(line, "text"))));
        Map<String, byte[]> steps = new LinkedHashMap<>();
        node.path("steps")
                .properties()
                .forEach(entry -> steps.put(entry.getKey(), entry.getValue().binaryValue()));
        return new JobTrail(runs, log, steps);
    }

    private static void put(ObjectNode node, String name, @Nullable Object value) {
        if (value instanceof Failure failure) {
            node.putObject(name)
                    .put("type", failure.type())
                    .put("message", failure.message())
                    .put("stack", failure.stack());
        } else if (value != null) {
            node.put(name, value.toString());
        }
    }

    private static @Nullable Failure failure(JsonNode node) {
        return node.isMissingNode()
                ? null
                : new Failure(text(node, "type"), text(node, "message"), text(node, "stack"));
    }

    private static <T> @Nullable T optional(JsonNode node, String name, Function<String, T> parse) {
        return node.has(name) ? parse.apply(text(node, name)) : null;
    }

    private static String text(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (!value.isString()) {
            throw new IllegalArgumentException("an item has no text for \"" + name + "\"");
        }
        return value.asString();
    }

    private static byte[] bytes(JsonNode node, String name) {
        text(node, name);
        return node.path(name).binaryValue();
    }
}
