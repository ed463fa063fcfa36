package dev.millrace.internal.locks;

import dev.millrace.MillraceException;
import dev.millrace.spi.Notes.Note;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A lock that is held, as its note says it: {@code {"owner":"web1","since":"…","token":17,"takes":{"id":"until"}}}. The first
 * take's note says no token, for it is the note's own revision. Unknown fields are ignored, so fields can be added.
 *
 * @param owner who holds it
 * @param since when it was taken first
 * @param token of the first take
 * @param takes until when each of them counts, by the store's clock
 */
record LockNote(String owner, Instant since, long token, Map<UUID, Instant> takes) {

    LockNote {
        takes = Collections.unmodifiableMap(new LinkedHashMap<>(takes));
    }

    /** @throws MillraceException when the note holds something else */
    static LockNote read(Note note) {
        try {
            JsonNode json = JsonMapper.shared().readTree(new String(note.value(), StandardCharsets.UTF_8));
            Map<UUID, Instant> takes = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> take : json.path("takes").properties()) {
                takes.put(
                        UUID.fromString(take.getKey()),
                        Instant.parse(take.getValue().asString()));
            }
            if (takes.isEmpty()) {
                throw new IllegalArgumentException("it names no take");
            }
            long token = json.has("token") ? json.path("token").asLong() : note.revision();
            return new LockNote(
                    json.path("owner").asString(),
                    Instant.parse(json.path("since").asString()),
                    token,
                    takes);
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new MillraceException(
                    "the lock \"" + note.key() + "\" cannot be read (" + e.getMessage()
                            + "): was it written by a newer version? It counts as held; to take it away from whoever holds it,"
                            + " use breakLock, or millrace locks break",
                    e);
        }
    }

    /** As a note of the first take, whose revision is to be the token. */
    byte[] writeFirst() {
        return bytes(json());
    }

    /** As a note of what comes after the first take. */
    byte[] write() {
        return bytes(json().put("token", token));
    }

    private ObjectNode json() {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("owner", owner);
        json.put("since", since.toString());
        ObjectNode each = json.putObject("takes");
        takes.forEach((take, until) -> each.put(take.toString(), until.toString()));
        return json;
    }

    private static byte[] bytes(ObjectNode json) {
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** With this take until then, and without those whose time has passed. */
    LockNote with(UUID take, Instant until, Instant now) {
        Map<UUID, Instant> living = living(now);
        living.put(take, until);
        return new LockNote(owner, since, token, living);
    }

    /** Without this take, and without those whose time has passed. */
    LockNote without(UUID take, Instant now) {
        Map<UUID, Instant> living = living(now);
        living.remove(take);
        return new LockNote(owner, since, token, living);
    }

    private Map<UUID, Instant> living(Instant now) {
        Map<UUID, Instant> living = new LinkedHashMap<>(takes);
        living.values().removeIf(until -> !until.isAfter(now));
        return living;
    }

    /** When the last take's time has passed. */
    Instant until() {
        return Collections.max(takes.values());
    }

    /** How long the note is to live. */
    Duration timeToLive(Instant now) {
        return Duration.between(now, until());
    }
}
