package dev.millrace.nats;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A commit in the making: messages with bytes, then the entries of the journal, cut into messages. It knows its sequence
 * numbers before it is published, since its author is the only one who writes, or else all of it is refused.
 */
final class Draft {
    /**
     * The layout of entries. Layout 1 had no dependencies, no slots and no buckets, and its jobs' entries had other keys: those are
     * still read. Who reads layout 1 alone refuses a stream as soon as a newer instance leads it.
     */
    static final int VERSION = 2;

    /** Bytes at the head of each message of the journal, at most. */
    static final int HEAD = 48;

    private final long base;
    private final int limit;
    private final List<byte[]> data = new ArrayList<>();
    private Out page = new Out(1_024);
    private final Out entries = new Out(4_096);
    private int dataSize;

    /**
     * @param base the sequence that its first message will have
     * @param limit the most bytes in a message
     */
    Draft(long base, int limit) {
        this.base = base;
        this.limit = limit;
    }

    Ref put(byte[] bytes) {
        dataSize += bytes.length + 1;
        if (bytes.length > limit) {
            flush();
            Ref ref = new Ref(base + data.size(), (bytes.length + limit - 1) / limit, 0, bytes.length);
            for (int from = 0; from < bytes.length; from += limit) {
                int length = Math.min(limit, bytes.length - from);
                data.add(new Out(length).raw(bytes, from, length).toBytes());
            }
            return ref;
        }
        if (page.size() + bytes.length > limit) {
            flush();
        }
        Ref ref = new Ref(base + data.size(), 1, page.size(), bytes.length);
        page.raw(bytes, 0, bytes.length);
        return ref;
    }

    private void flush() {
        if (page.size() > 0) {
            data.add(page.toBytes());
            page = new Out(1_024);
        }
    }

    int dataSize() {
        return dataSize;
    }

    long base() {
        return base;
    }

    /** The sequence of the first message with entries; no bytes can be put after this. */
    long entriesAt() {
        flush();
        return base + data.size();
    }

    /** Appends an entry, and says how long it is. */
    int entry(Kept kept) {
        int before = entries.size();
        int begin = entries.beginBlock();
        kept.write(entries);
        entries.endBlock(begin);
        return entries.size() - before;
    }

    /** The messages with bytes. */
    List<byte[]> data() {
        flush();
        return data;
    }

    /** The messages of the journal: a head each, then a piece of the entries. */
    List<byte[]> journal(UUID epoch, long number, long revisions) {
        byte[] all = entries.toBytes();
        int room = limit - HEAD;
        int parts = Math.max(1, (all.length + room - 1) / room);
        List<byte[]> messages = new ArrayList<>(parts);
        for (int part = 0; part < parts; part++) {
            int from = part * room;
            int length = Math.min(room, all.length - from);
            Out out = new Out(length + HEAD);
            out.one(VERSION)
                    .uuid(epoch)
                    .number(number)
                    .number(part)
                    .number(parts)
                    .number(revisions);
            messages.add(out.raw(all, from, length).toBytes());
        }
        return messages;
    }
}
