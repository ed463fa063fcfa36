package dev.millrace.internal.memory;

import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Notes by space and key. Guarded by the store's lock. */
final class MemoryNotes {
    private final Map<String, TreeMap<String, Kept>> spaces = new TreeMap<>();
    private long revisions;

    /** A note and when it is gone; null for never. */
    record Kept(Note note, @Nullable Instant until) {
        boolean living(Instant now) {
            return until == null || until.isAfter(now);
        }
    }

    Optional<Note> note(String space, String key, Instant now) {
        return kept(space, key, now).map(Kept::note);
    }

    List<Note> notes(String space, Instant now) {
        return spaces.getOrDefault(space, new TreeMap<>()).values().stream()
                .filter(kept -> kept.living(now))
                .map(Kept::note)
                .toList();
    }

    Optional<Long> put(
            String space, String key, byte[] value, long expected, @Nullable Duration timeToLive, Instant now) {
        long present = note(space, key, now).map(Note::revision).orElse(Notes.ABSENT);
        if (present != expected) {
            return Optional.empty();
        }
        Note note = new Note(space, key, value.clone(), ++revisions);
        spaces.computeIfAbsent(space, any -> new TreeMap<>())
                .put(key, new Kept(note, timeToLive == null ? null : now.plus(timeToLive)));
        return Optional.of(note.revision());
    }

    boolean remove(String space, String key, long expected, Instant now) {
        Optional<Note> present = note(space, key, now);
        if (present.isEmpty() || present.get().revision() != expected) {
            return false;
        }
        spaces.getOrDefault(space, new TreeMap<>()).remove(key);
        return true;
    }

    /** Stores a note that comes from elsewhere, unless there is one. */
    boolean importNote(Note note, @Nullable Duration timeToLive, Instant now) {
        if (kept(note.space(), note.key(), now).isPresent()) {
            return false;
        }
        revisions = Math.max(revisions, note.revision());
        put(note.space(), note.key(), note.value(), Notes.ABSENT, timeToLive, now);
        return true;
    }

    List<Kept> all(Instant now) {
        List<Kept> living = new ArrayList<>();
        spaces.values()
                .forEach(space ->
                        space.values().stream().filter(kept -> kept.living(now)).forEach(living::add));
        return living;
    }

    void dropDead(Instant now) {
        spaces.values().forEach(space -> space.values().removeIf(kept -> !kept.living(now)));
    }

    private Optional<Kept> kept(String space, String key, Instant now) {
        return Optional.ofNullable(spaces.getOrDefault(space, new TreeMap<>()).get(key))
                .filter(kept -> kept.living(now));
    }
}
