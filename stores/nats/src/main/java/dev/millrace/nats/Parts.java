package dev.millrace.nats;

import dev.millrace.spi.StoreUnavailableException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** Requests and answers that are larger than a message, until they are whole or forgotten. Thread-safe. */
final class Parts {
    private final int room;
    private final long patience;
    private final Map<UUID, Large> large = new LinkedHashMap<>();

    private static final class Large {
        final byte[][] parts;
        long changed = System.nanoTime();
        int left;

        Large(int count) {
            parts = new byte[count][];
            left = count;
        }
    }

    /** @param patience how long the parts of one thing are kept after the last of them came */
    Parts(int room, Duration patience) {
        this.room = room;
        this.patience = patience.toNanos();
    }

    /** The most bytes in one part. */
    int room() {
        return room;
    }

    static int count(int length, int room) {
        return (length + room - 1) / room;
    }

    static byte[] part(byte[] bytes, int index, int room) {
        return Arrays.copyOfRange(bytes, index * room, Math.min(bytes.length, (index + 1) * room));
    }

    static byte[] join(byte[][] parts) {
        Out out = new Out(parts.length * parts[0].length);
        for (byte[] part : parts) {
            out.raw(part, 0, part.length);
        }
        return out.toBytes();
    }

    /** Keeps bytes to be fetched in parts, and says in how many. */
    synchronized int split(UUID id, byte[] bytes) {
        forgetOld();
        Large all = new Large(count(bytes.length, room));
        for (int i = 0; i < all.parts.length; i++) {
            all.parts[i] = part(bytes, i, room);
        }
        large.put(id, all);
        return all.parts.length;
    }

    /** One part; with the last of them all are forgotten. */
    synchronized byte[] part(UUID id, int index) {
        Large all = find(id);
        byte[] part = all.parts[index];
        if (--all.left == 0) {
            large.remove(id);
        }
        return part;
    }

    synchronized void put(UUID id, int index, int count, byte[] bytes) {
        forgetOld();
        Large all = large.computeIfAbsent(id, any -> new Large(count));
        all.parts[index] = bytes;
        all.changed = System.nanoTime();
    }

    /** The whole of what was put. */
    synchronized byte[] take(UUID id) {
        Large all = find(id);
        large.remove(id);
        return join(all.parts);
    }

    private Large find(UUID id) {
        Large all = large.get(id);
        if (all == null) {
            throw new StoreUnavailableException("parts of a large message were lost: repeat the call", null);
        }
        return all;
    }

    private void forgetOld() {
        large.values().removeIf(each -> System.nanoTime() - each.changed > patience);
    }
}
