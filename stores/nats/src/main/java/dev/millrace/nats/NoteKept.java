package dev.millrace.nats;

import dev.millrace.spi.Micros;
import dev.millrace.spi.Notes.Note;

/** A note and when it is gone. */
final class NoteKept extends Kept {
    static final int SORT = 4;

    final String space;
    final String key;
    byte[] value;
    long revision;

    /** When it is gone, in microseconds. */
    long until;

    NoteKept(String space, String key, byte[] value, long revision, long until) {
        this.space = space;
        this.key = key;
        this.value = value;
        this.revision = revision;
        this.until = until;
    }

    boolean living(long now) {
        return !gone && (until == Micros.NEVER || until > now);
    }

    Note note() {
        return new Note(space, key, value.clone(), revision);
    }

    @Override
    void write(Out out) {
        out.one(SORT).text(space).text(key).flag(gone);
        if (!gone) {
            out.bytes(value).number(revision).number(until);
        }
    }

    static NoteKept read(In in) {
        String space = in.text();
        String key = in.text();
        if (in.flag()) {
            NoteKept none = new NoteKept(space, key, new byte[0], 0, 0);
            none.gone = true;
            return none;
        }
        return new NoteKept(space, key, in.bytes(), in.number(), in.number());
    }
}
