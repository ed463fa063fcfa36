package dev.millrace.nats;

import java.util.UUID;

/** A deleted job: its id stays known for a while. Made when it is needed; {@link Tombstones} keeps what it says. */
final class Tombstone extends Kept {
    static final int SORT = 2;

    final UUID id;

    /** Until when it is known, in microseconds. */
    final long until;

    private final Written written;

    /** Is told where the entry of a stone is. */
    interface Written {
        void at(Tombstone stone, long entryAt);
    }

    Tombstone(UUID id, long until) {
        this(id, until, (stone, entryAt) -> {});
    }

    Tombstone(UUID id, long until, Written written) {
        this.id = id;
        this.until = until;
        this.written = written;
    }

    @Override
    void placed(long at, int ofUse) {
        super.placed(at, ofUse);
        written.at(this, at);
    }

    @Override
    void write(Out out) {
        out.one(SORT).uuid(id).number(until);
    }
}
