package dev.millrace.internal.schedule;

import dev.millrace.Recurrence;
import dev.millrace.internal.ArchiveJson;
import dev.millrace.internal.schedule.Schedule.Late;
import dev.millrace.internal.schedule.Schedule.Place;
import dev.millrace.internal.schedule.Schedule.Template;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A schedule's note as JSON. Fields that are not known are kept as they are, so fields can be added. Times are ISO-8601. */
final class ScheduleJson {
    private static final JsonMapper JSON = JsonMapper.shared();

    private ScheduleJson() {}

    static byte[] write(Schedule schedule) {
        ObjectNode node = known(schedule);
        add(JSON.readTree(schedule.rest()), node);
        return JSON.writeValueAsBytes(node);
    }

    private static ObjectNode known(Schedule schedule) {
        ObjectNode node = JSON.createObjectNode();
        node.put("life", schedule.life().toString());
        node.set("recurrence", JSON.readTree(schedule.recurrence().toJson()));
        place(node, schedule.place());
        node.set("job", ArchiveJson.spec(schedule.template().spec()));
        if (!schedule.template().delay().isZero()) {
            node.put("delay", schedule.template().delay().toString());
        }
        put(node, "expiry", schedule.template().expiry());
        return node;
    }

    /** Adds the fields that another object has beside its own, at every depth. */
    private static void add(JsonNode more, ObjectNode node) {
        more.forEachEntry((name, value) -> {
            if (!node.has(name)) {
                node.set(name, value);
            } else if (node.get(name) instanceof ObjectNode inner && value.isObject()) {
                add(value, inner);
            }
        });
    }

    /** The fields that an object has beside those of another, at every depth. */
    private static ObjectNode beside(ObjectNode known, JsonNode all) {
        ObjectNode rest = JSON.createObjectNode();
        all.forEachEntry((name, value) -> {
            if (!known.has(name)) {
                rest.set(name, value);
            } else if (known.get(name) instanceof ObjectNode inner && value.isObject()) {
                ObjectNode below = beside(inner, value);
                if (!below.isEmpty()) {
                    rest.set(name, below);
                }
            }
        });
        return rest;
    }

    private static void place(ObjectNode node, Place place) {
        if (place.paused()) {
            node.put("paused", true);
        }
        node.put("next", place.next().toString());
        put(node, "last", place.last());
        put(node, "lastJob", place.lastJob());
        put(node, "leftOut", place.leftOut());
        Late late = place.late();
        if (late != null) {
            ArrayNode ticks = node.putArray("late");
            late.ticks().forEach(tick -> ticks.add(tick.toString()));
            node.put("lateSince", late.since().toString());
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException when it is something else
     */
    static Schedule read(String name, byte[] note) {
        try {
            JsonNode node = JSON.readTree(note);
            Schedule schedule = new Schedule(
                    name,
                    UUID.fromString(node.path("life").asString()),
                    Recurrence.fromJson(node.path("recurrence").toString()),
                    new Template(
                            ArchiveJson.spec(node.path("job")),
                            Duration.parse(node.path("delay").asString("PT0S")),
                            optional(node, "expiry", Duration::parse)),
                    place(node),
                    Schedule.NO_REST);
            return schedule.withRest(beside(known(schedule), node).toString());
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the schedule \"" + name + "\" cannot be read by this version (" + e.getMessage() + ")", e);
        }
    }

    private static Place place(JsonNode node) {
        List<Instant> late = new ArrayList<>();
        node.path("late").forEach(tick -> late.add(Instant.parse(tick.asString())));
        return new Place(
                node.path("paused").asBoolean(false),
                Instant.parse(node.path("next").asString()),
                optional(node, "last", Instant::parse),
                optional(node, "lastJob", UUID::fromString),
                optional(node, "leftOut", Instant::parse),
                late.isEmpty()
                        ? null
                        : new Late(late, Instant.parse(node.path("lateSince").asString())));
    }

    private static void put(ObjectNode node, String name, @Nullable Object value) {
        if (value != null) {
            node.put(name, value.toString());
        }
    }

    private static <T> @Nullable T optional(JsonNode node, String name, Function<String, T> parse) {
        return node.has(name) ? parse.apply(node.path(name).asString()) : null;
    }
}
