package dev.millrace.nats;

import dev.millrace.spi.StoreUnavailableException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads bytes from the stream, all that are asked for at once, and keeps the messages that were used last. Thread-safe. */
final class Shelf {
    private static final Logger LOG = LoggerFactory.getLogger(Shelf.class);
    private static final long CACHE = 32L << 20;

    /** Requests under way at once. */
    private static final int WINDOW = 256;

    private final Link link;
    private final LinkedHashMap<Long, byte[]> cached = new LinkedHashMap<>(64, 0.75f, true);
    private long size;

    Shelf(Link link) {
        this.link = link;
    }

    /** Remembers a message that was just written. */
    synchronized void keep(long seq, byte[] message) {
        byte[] before = cached.put(seq, message);
        size += message.length - (before == null ? 0 : before.length);
        Iterator<byte[]> oldest = cached.values().iterator();
        while (size > CACHE && cached.size() > 1) {
            size -= oldest.next().length;
            oldest.remove();
        }
    }

    private synchronized byte[] cached(long seq) {
        return cached.getOrDefault(seq, new byte[0]);
    }

    /** The bytes at each of those places, in as few turns as can be. */
    Map<Ref, byte[]> read(Collection<Ref> refs) {
        Map<Long, byte[]> messages = messages(refs);
        Map<Ref, byte[]> read = new HashMap<>();
        for (Ref ref : refs) {
            read.put(ref, assemble(ref, messages));
        }
        return read;
    }

    /** As {@link #read}, without those that are not there: one job whose bytes are lost must not hide the others. */
    Map<Ref, byte[]> readable(Collection<Ref> refs) {
        Map<Long, byte[]> messages = messages(refs);
        Map<Ref, byte[]> read = new HashMap<>();
        for (Ref ref : refs) {
            try {
                read.put(ref, assemble(ref, messages));
            } catch (StoreUnavailableException e) {
                LOG.error("{}: the bytes at {} are not there", link.settings().shown(), ref);
            }
        }
        return read;
    }

    private Map<Long, byte[]> messages(Collection<Ref> refs) {
        Set<Long> wanted = new LinkedHashSet<>();
        for (Ref ref : refs) {
            for (int part = 0; part < ref.parts(); part++) {
                wanted.add(ref.seq() + part);
            }
        }
        Map<Long, byte[]> messages = new HashMap<>();
        Deque<Map.Entry<Long, CompletableFuture<byte[]>>> underWay = new ArrayDeque<>();
        for (long seq : wanted) {
            byte[] known = cached(seq);
            if (known.length > 0) {
                messages.put(seq, known);
                continue;
            }
            if (underWay.size() == WINDOW) {
                take(underWay, messages);
            }
            underWay.add(Map.entry(seq, link.read(seq)));
        }
        while (!underWay.isEmpty()) {
            take(underWay, messages);
        }
        return messages;
    }

    private void take(Deque<Map.Entry<Long, CompletableFuture<byte[]>>> underWay, Map<Long, byte[]> messages) {
        Map.Entry<Long, CompletableFuture<byte[]>> first = underWay.remove();
        byte[] message = link.await(first.getValue());
        if (message.length > 0) {
            keep(first.getKey(), message);
        }
        messages.put(first.getKey(), message);
    }

    private byte[] assemble(Ref ref, Map<Long, byte[]> messages) {
        byte[] bytes = new byte[ref.length()];
        int done = 0;
        for (int part = 0; part < ref.parts(); part++) {
            byte[] message = messages.getOrDefault(ref.seq() + part, new byte[0]);
            int length = ref.parts() == 1 ? ref.length() : Math.min(message.length, ref.length() - done);
            if (message.length < ref.offset() + length) {
                throw new StoreUnavailableException(
                        "bytes of a job at " + link.settings().shown()
                                + " were moved while they were read: nothing was changed by this; repeat the call",
                        null);
            }
            System.arraycopy(message, ref.offset(), bytes, done, length);
            done += length;
        }
        if (done < ref.length()) {
            throw new StoreUnavailableException(
                    "bytes of a job at " + link.settings().shown() + " could not be read whole: repeat the call", null);
        }
        return bytes;
    }
}
