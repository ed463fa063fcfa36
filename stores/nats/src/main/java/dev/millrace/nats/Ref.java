package dev.millrace.nats;

import org.jspecify.annotations.Nullable;

/**
 * Where in the stream some bytes are that are not kept in memory: a payload, a result, what a run left.
 *
 * @param seq the message that holds them, or the first of several in a row
 * @param parts how many messages
 * @param offset where they begin in the message
 * @param length how many bytes
 */
record Ref(long seq, int parts, int offset, int length) {
    /** Where nothing is: what should be here is lost, and is in nobody's way when the old end of the stream is cut off. */
    Ref lost() {
        return new Ref(Long.MAX_VALUE, 1, 0, length);
    }

    boolean isLost() {
        return seq == Long.MAX_VALUE;
    }

    static void write(Out out, @Nullable Ref ref) {
        if (ref == null) {
            out.number(0);
        } else {
            out.number(ref.parts).number(ref.seq).number(ref.offset).number(ref.length);
        }
    }

    static @Nullable Ref read(In in) {
        int parts = in.small();
        return parts == 0 ? null : new Ref(in.number(), parts, in.small(), in.small());
    }
}
