package dev.millrace.nats;

import dev.millrace.StoreException;
import java.util.UUID;

/**
 * Who leads, as the last message of its subject says.
 *
 * @param epoch the leader's, new each time that the lead is taken
 * @param vacant it let go of the lead
 * @param name who it is, for people
 */
record Lead(UUID epoch, boolean vacant, String name) {
    byte[] toBytes() {
        return new Out(64)
                .one(Draft.VERSION)
                .uuid(epoch)
                .flag(vacant)
                .text(name)
                .toBytes();
    }

    static Lead read(byte[] bytes, Settings settings) {
        In in = new In(bytes);
        int version = in.one();
        if (version > Draft.VERSION) {
            throw new StoreException("the stream \"" + settings.stream() + "\" at " + settings.shown()
                    + " is of layout " + version + ", and this version reads up to " + Draft.VERSION
                    + ": use the newer millrace-nats. Nothing was changed");
        }
        return new Lead(in.uuid(), in.flag(), in.text());
    }

    Lead vacated() {
        return new Lead(epoch, true, name);
    }
}
