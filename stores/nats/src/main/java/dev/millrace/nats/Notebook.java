package dev.millrace.nats;

import dev.millrace.spi.Micros;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Notes by space and key, with their values. Touched on the leader's thread only. */
final class Notebook {
    private final Changes changes;
    private final TreeMap<String, TreeMap<String, NoteKept>> spaces = new TreeMap<>();
    /** Those that end by themselves, first the one that ends first. */
    private final TreeSet<NoteKept> ending = new TreeSet<>(Comparator.<NoteKept>comparingLong(kept -> kept.until)
            .thenComparing(kept -> kept.space)
            .thenComparing(kept -> kept.key));

    private final Watcher watcher;
    private long revisions;

    /** Is told of every note that is written or gone; not of what a replay finds. */
    interface Watcher {
        /** A note was written, or is gone; {@code value} is null then. */
        void changed(String space, String key, byte @Nullable [] value, long now);
    }

    Notebook(Changes changes, Watcher watcher) {
        this.changes = changes;
        this.watcher = watcher;
    }

    long revisions() {
        return revisions;
    }

    /** Takes in what a replay found. */
    void load(NoteKept note) {
        TreeMap<String, NoteKept> space = spaces.computeIfAbsent(note.space, any -> new TreeMap<>());
        NoteKept before = note.gone ? space.remove(note.key) : space.put(note.key, note);
        if (before != null) {
            ending.remove(before);
        }
        if (!note.gone && note.until != Micros.NEVER) {
            ending.add(note);
        }
    }

    void loadRevisions(long seen) {
        revisions = Math.max(revisions, seen);
    }

    Optional<Note> note(String space, String key, long now) {
        NoteKept kept = find(space, key);
        return kept != null && kept.living(now) ? Optional.of(kept.note()) : Optional.empty();
    }

    List<Note> notes(String space, long now) {
        return spaces.getOrDefault(space, new TreeMap<>()).values().stream()
                .filter(kept -> kept.living(now))
                .map(NoteKept::note)
                .toList();
    }

    Optional<Long> put(String space, String key, byte[] value, long expected, @Nullable Duration timeToLive, long now) {
        long present = note(space, key, now).map(Note::revision).orElse(Notes.ABSENT);
        if (present != expected) {
            return Optional.empty();
        }
        long until = timeToLive == null ? Micros.NEVER : Times.after(now, timeToLive);
        NoteKept kept = find(space, key);
        if (kept == null) {
            kept = new NoteKept(space, key, value, 0, until);
            spaces.computeIfAbsent(space, any -> new TreeMap<>()).put(key, kept);
        }
        ending.remove(kept);
        kept.value = value;
        kept.revision = ++revisions;
        kept.until = until;
        if (until != Micros.NEVER) {
            ending.add(kept);
        }
        changes.touch(kept);
        watcher.changed(space, key, value, now);
        return Optional.of(kept.revision);
    }

    boolean remove(String space, String key, long expected, long now) {
        NoteKept kept = find(space, key);
        if (kept == null || !kept.living(now) || kept.revision != expected) {
            return false;
        }
        drop(kept, now);
        return true;
    }

    /** All notes of a space, also those whose time is over and who are still there. */
    Collection<NoteKept> all(String space) {
        return spaces.getOrDefault(space, new TreeMap<>()).values();
    }

    /** Stores a note that comes from elsewhere, unless there is one. */
    boolean importNote(Note note, @Nullable Duration timeToLive, long now) {
        if (note(note.space(), note.key(), now).isPresent()) {
            return false;
        }
        revisions = Math.max(revisions, note.revision());
        put(note.space(), note.key(), note.value(), Notes.ABSENT, timeToLive, now);
        return true;
    }

    List<NoteKept> living(long now) {
        List<NoteKept> living = new ArrayList<>();
        spaces.values()
                .forEach(space ->
                        space.values().stream().filter(kept -> kept.living(now)).forEach(living::add));
        return living;
    }

    Collection<NoteKept> all() {
        List<NoteKept> all = new ArrayList<>();
        spaces.values().forEach(space -> all.addAll(space.values()));
        return all;
    }

    void dropDead(long now, int limit) {
        for (int left = limit; left > 0 && !ending.isEmpty() && !ending.first().living(now); left--) {
            drop(ending.first(), now);
        }
    }

    private void drop(NoteKept kept, long now) {
        ending.remove(kept);
        TreeMap<String, NoteKept> space = spaces.getOrDefault(kept.space, new TreeMap<>());
        space.remove(kept.key);
        if (space.isEmpty()) {
            spaces.remove(kept.space);
        }
        kept.gone = true;
        changes.touch(kept);
        watcher.changed(kept.space, kept.key, null, now);
    }

    private @Nullable NoteKept find(String space, String key) {
        return spaces.getOrDefault(space, new TreeMap<>()).get(key);
    }
}
