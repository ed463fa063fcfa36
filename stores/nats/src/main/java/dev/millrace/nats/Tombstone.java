package dev.millrace.nats;

import java.util.UUID;

/** A deleted job: its id stays known for a while. */
final class Tombstone extends Kept {
    static final int SORT = 2;

    final UUID id;

    /** Until when it is known, in microseconds. */
    final long until;

    Tombstone(UUID id, long until) {
        this.id = id;
        this.until = until;
    }

    @Override
    void write(Out out) {
        out.one(SORT).uuid(id).number(until);
    }
}
