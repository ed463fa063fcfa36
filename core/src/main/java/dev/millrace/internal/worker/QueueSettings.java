package dev.millrace.internal.worker;

import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.Store;
import java.nio.charset.StandardCharsets;
import java.util.Set;
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
}
