package dev.millrace.internal.stats;

import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came of runs in each queue since it was first used: one note per queue, to which workers add what they did. Counts are
 * of all time; times are of about the last 100,000 runs, older ones fade.
 *
 * <p>A worker that dies takes what it had not added yet with it, and an addition whose reply is lost may be made twice: the
 * totals are for people, and no decision depends on them.
 */
public final class Totals {
    /** The space of the notes. They are no part of backups. */
    public static final String SPACE = "stats.queue";

    private static final long MOST_TIMES = 100_000;
    /** A queue in which nothing ran for so long is forgotten. */
    private static final Duration KEPT = Duration.ofDays(30);
    /** So often it is tried while others add to the same note. */
    private static final int TRIES = 5;

    private Totals() {}

    /** The totals of every queue. */
    public static Map<String, Tally> read(Notes notes) {
        Map<String, Tally> totals = new TreeMap<>();
        for (Note note : notes.notes(SPACE)) {
            totals.put(note.key(), decode(note.value()));
        }
        return totals;
    }

    /**
     * Adds to a queue's totals.
     *
     * @return whether it was done; false when others were faster each time
     */
    public static boolean add(Notes notes, String queue, Tally tally) {
        for (int i = 0; i < TRIES; i++) {
            Optional<Note> before = notes.note(SPACE, queue);
            Tally sum = before.map(note -> decode(note.value())).orElseGet(Tally::new);
            sum.add(tally);
            sum.runs().fade(MOST_TIMES);
            sum.waits().fade(MOST_TIMES);
            long revision = before.map(Note::revision).orElse(Notes.ABSENT);
            if (notes.putNote(SPACE, queue, encode(sum), revision, KEPT).isPresent()) {
                return true;
            }
        }
        return false;
    }

    static byte[] encode(Tally tally) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("succeeded", tally.succeeded());
        json.put("failed", tally.failed());
        json.put("retried", tally.retried());
        json.put("runs", tally.runs().encode());
        json.put("waits", tally.waits().encode());
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** What cannot be read, which a newer version may have written, counts as nothing. */
    static Tally decode(byte[] value) {
        try {
            JsonNode json = JsonMapper.shared().readTree(value);
            return new Tally(
                    json.path("succeeded").asLong(0),
                    json.path("failed").asLong(0),
                    json.path("retried").asLong(0),
                    Times.decode(json.path("runs").asString("0")),
                    Times.decode(json.path("waits").asString("0")));
        } catch (JacksonException | IllegalArgumentException e) {
            return new Tally();
        }
    }
}
