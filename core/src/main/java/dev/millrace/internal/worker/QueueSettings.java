package dev.millrace.internal.worker;

import dev.millrace.MillraceException;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Store;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** What is set for queues, as notes: one note per queue that is paused. Takes effect within a heartbeat everywhere. */
public final class QueueSettings {
    private static final String SPACE = "queue.paused";

    private QueueSettings() {}

    /** The paused queues. */
    public static Set<String> paused(Store store) {
        return store.notes(SPACE).stream().map(Note::key).collect(Collectors.toUnmodifiableSet());
    }

    /** Pauses a queue: its jobs stay READY. Pausing a paused queue changes nothing. */
    public static void pause(Store store, String queue) {
        store.putNote(SPACE, queue, "paused".getBytes(StandardCharsets.UTF_8), Notes.ABSENT, null);
    }

    /** Takes a pause back. */
    public static void resume(Store store, String queue) {
        store.note(SPACE, queue).ifPresent(note -> store.removeNote(SPACE, queue, note.revision()));
    }

    /** What is set for a queue's flow. */
    public static QueueLimits limits(Store store, String queue) {
        return store.note(QueueLimits.SPACE, queue).map(QueueSettings::read).orElse(QueueLimits.NONE);
    }

    /** What is set for the flow of all queues that have limits, by name. */
    public static Map<String, QueueLimits> limits(Store store) {
        Map<String, QueueLimits> limits = new TreeMap<>();
        store.notes(QueueLimits.SPACE).forEach(note -> limits.put(note.key(), read(note)));
        return limits;
    }

    /**
     * Changes a queue's limits; two changes at once both take effect.
     *
     * @throws MillraceException when what is set cannot be read here: it is left as it is, since the change would take the rest away
     */
    public static void limit(Store store, String queue, UnaryOperator<QueueLimits> change) {
        boolean done = false;
        while (!done) {
            Optional<Note> note = store.note(QueueLimits.SPACE, queue);
            long revision = note.map(Note::revision).orElse(Notes.ABSENT);
            QueueLimits limits = change.apply(note.map(QueueSettings::readable).orElse(QueueLimits.NONE));
            if (limits.equals(QueueLimits.NONE)) {
                done = note.isEmpty() || store.removeNote(QueueLimits.SPACE, queue, revision);
            } else {
                done = store.putNote(QueueLimits.SPACE, queue, limits.encode(), revision, null)
                        .isPresent();
            }
        }
    }

    private static QueueLimits readable(Note note) {
        QueueLimits limits = QueueLimits.decode(note.value());
        if (limits == null) {
            throw new MillraceException("the limits of queue \"" + note.key()
                    + "\" were not changed: the note \"" + note.key() + "\" of \"" + QueueLimits.SPACE
                    + "\", in which they are, cannot be read by this version, and the change would have taken all of them away."
                    + " A newer version may have written it: then upgrade this program. If it is damaged, remove it with"
                    + " Millrace.store().removeNote(\"" + QueueLimits.SPACE + "\", \"" + note.key() + "\", "
                    + note.revision() + ") and set the limits anew");
        }
        return limits;
    }

    private static QueueLimits read(Note note) {
        QueueLimits limits = QueueLimits.decode(note.value());
        return limits == null ? QueueLimits.NONE : limits;
    }
}
