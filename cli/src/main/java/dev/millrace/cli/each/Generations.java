package dev.millrace.cli.each;

import dev.millrace.spi.Notes;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** How often a run was started over, as a note in the store. */
final class Generations {
    private static final String SPACE = "each";

    private final Notes notes;

    Generations(Notes notes) {
        this.notes = notes;
    }

    /** The latest one. */
    long latest(Identity identity) {
        return notes.note(SPACE, identity.key()).map(Generations::read).orElse(0L);
    }

    /** Starts a new one: no line of it has been run. */
    long raise(Identity identity) {
        while (true) {
            Optional<Notes.Note> before = notes.note(SPACE, identity.key());
            long next = before.map(Generations::read).orElse(0L) + 1;
            byte[] value = Long.toString(next).getBytes(StandardCharsets.US_ASCII);
            long revision = before.map(Notes.Note::revision).orElse(Notes.ABSENT);
            if (notes.putNote(SPACE, identity.key(), value, revision, null).isPresent()) {
                return next;
            }
        }
    }

    private static long read(Notes.Note note) {
        return Long.parseLong(new String(note.value(), StandardCharsets.US_ASCII));
    }
}
