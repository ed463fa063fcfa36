package dev.millrace.internal.locks;

import dev.millrace.internal.HostName;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;

/**
 * Named locks: one note for each that is held, which is gone when its time has passed. Every change is a compare-and-set, so
 * of any number of contenders one wins. Revisions of notes grow across deletion and expiry, so tokens do.
 */
public final class Locks {
    private static final String SPACE = "lock";

    private final Store store;
    private final String owner = HostName.get() + ":" + ProcessHandle.current().pid() + "/"
            + UUID.randomUUID().toString().substring(24);

    public Locks(Store store) {
        this.store = store;
    }

    /**
     * A lock that was taken.
     *
     * @param id tells this take from others of the same owner
     * @param token of the first of the owner's takes without a break between
     * @param until when this take ends unless it is renewed, by the store's clock
     */
    public record Take(String name, String owner, UUID id, long token, Instant until) {}

    /**
     * A lock that is held.
     *
     * @param takes how often its owner has taken it and not released it
     */
    public record Held(String name, String owner, long token, Instant since, Instant until, int takes) {}

    /** Who takes locks without saying who it is: host, process, and a random part. */
    public String owner() {
        return owner;
    }

    /** Takes a lock that is free, or is the owner's; empty when another holds it. */
    public Optional<Take> take(String name, String by, Duration timeToLive) {
        while (true) {
            Optional<Note> note = store.note(SPACE, name);
            Optional<LockNote> before = note.map(LockNote::read);
            if (before.isPresent() && !before.get().owner().equals(by)) {
                return Optional.empty();
            }
            UUID id = UUID.randomUUID();
            Instant now = store.now();
            Instant until = now.plus(timeToLive);
            LockNote after = before.map(held -> held.with(id, until, now))
                    .orElseGet(() -> new LockNote(by, now, Notes.ABSENT, Map.of(id, until)));
            Optional<Long> revision = store.putNote(
                    SPACE,
                    name,
                    before.isPresent() ? after.write() : after.writeFirst(),
                    note.map(Note::revision).orElse(Notes.ABSENT),
                    after.timeToLive(now));
            if (revision.isPresent()) {
                long token = before.isPresent() ? after.token() : revision.get();
                return Optional.of(new Take(name, by, id, token, until));
            }
        }
    }

    /**
     * Lets a take last so long from now on.
     *
     * @return the take as it is then; empty when its time has passed, or the lock was taken away
     */
    public Optional<Take> renew(Take take, Duration timeToLive) {
        Instant[] until = new Instant[1];
        boolean renewed = change(take, (held, now) -> {
            until[0] = now.plus(timeToLive);
            return held.with(take.id(), until[0], now);
        });
        return renewed
                ? Optional.of(new Take(take.name(), take.owner(), take.id(), take.token(), until[0]))
                : Optional.empty();
    }

    /**
     * Gives a take back; the lock is free once its owner has given back all.
     *
     * @return whether the owner held it until now
     */
    public boolean release(Take take) {
        return change(take, (held, now) -> held.without(take.id(), now));
    }

    /** Changes the note, while the take counts; a lock without takes is free, and has no note. */
    private boolean change(Take take, BiFunction<LockNote, Instant, LockNote> change) {
        while (true) {
            Optional<Note> note = store.note(SPACE, take.name());
            if (note.isEmpty()) {
                return false;
            }
            LockNote held = LockNote.read(note.get());
            if (held.token() != take.token() || !held.takes().containsKey(take.id())) {
                return false;
            }
            Instant now = store.now();
            LockNote after = change.apply(held, now);
            long revision = note.get().revision();
            boolean done = after.takes().isEmpty()
                    ? store.removeNote(SPACE, take.name(), revision)
                    : store.putNote(SPACE, take.name(), after.write(), revision, after.timeToLive(now))
                            .isPresent();
            if (done) {
                return true;
            }
        }
    }

    /** Frees a lock, whoever holds it. */
    public boolean takeAway(String name) {
        while (true) {
            Optional<Note> note = store.note(SPACE, name);
            if (note.isEmpty()) {
                return false;
            }
            if (store.removeNote(SPACE, name, note.get().revision())) {
                return true;
            }
        }
    }

    /** The lock, if it is held. */
    public Optional<Held> find(String name) {
        return store.note(SPACE, name).map(Locks::held);
    }

    /** All locks that are held, by name. */
    public List<Held> all() {
        return store.notes(SPACE).stream().map(Locks::held).toList();
    }

    private static Held held(Note note) {
        LockNote lock = LockNote.read(note);
        return new Held(
                note.key(),
                lock.owner(),
                lock.token(),
                lock.since(),
                lock.until(),
                lock.takes().size());
    }
}
