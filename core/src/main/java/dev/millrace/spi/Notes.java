package dev.millrace.spi;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A small namespaced key-value store with compare-and-set and time to live. Settings, schedules, locks, audit and alerts
 * are written on it once for all engines.
 */
public interface Notes {
    /** The revision of a note that does not exist: writing with it creates the note, or fails if there is one. */
    long ABSENT = 0;

    /** The note, unless it does not exist or its time has passed. */
    Optional<Note> note(String space, String key);

    /** All living notes of a space, by key. */
    List<Note> notes(String space);

    /**
     * Writes a note if its revision is still the expected one.
     *
     * @param expected the revision read before, or {@link #ABSENT}
     * @param timeToLive after which it is gone; null for never
     * @return the new revision, or empty when the note has another revision by now
     */
    Optional<Long> putNote(String space, String key, byte[] value, long expected, @Nullable Duration timeToLive);

    /**
     * Deletes a note if its revision is still the expected one.
     *
     * @return whether it was deleted
     */
    boolean removeNote(String space, String key, long expected);

    /**
     * One note.
     *
     * @param revision above zero, and larger with each write, also across deletion
     */
    record Note(String space, String key, byte[] value, long revision) {}
}
