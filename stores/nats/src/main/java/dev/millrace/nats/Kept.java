package dev.millrace.nats;

/** Something that the journal keeps: its latest entry stands for all that came before. Changed on the leader's thread only. */
abstract class Kept {
    /** The first message of the commit with the latest entry; 0 before there is one. */
    long entryAt;

    /** Bytes of the latest entry, as long as that is of use. */
    int entrySize;

    /** It is not to be known any more. An entry that says so is of use only as long as older ones are there. */
    boolean gone;

    /** The commit with its latest entry begins there, and so many bytes of the entry are of use. */
    void placed(long at, int ofUse) {
        entryAt = at;
        entrySize = ofUse;
    }

    /** Appends the entry that says how it stands now. */
    abstract void write(Out out);

    /** The smallest sequence of a message that it needs, besides its entry. */
    long oldestBytes() {
        return Long.MAX_VALUE;
    }
}
