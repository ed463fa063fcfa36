package dev.millrace.nats;

import dev.millrace.spi.StoreUnavailableException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads bytes from the stream, all that are asked for at once, and keeps the messages that were used last. Thread-safe. */
final class Shelf {
    private static final Logger LOG = LoggerFactory.getLogger(Shelf.class);
    private static final long CACHE = 32L << 20;

    /** Requests under way at once: so many messages of up to 256 KiB may be in memory besides what was asked for. */
    private static final int WINDOW = 64;

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

    /**
     * The bytes at each of those places, in as few turns as can be.
     *
     * @throws StoreUnavailableException if some are not there
     */
    Map<Ref, byte[]> read(Collection<Ref> refs) {
        Map<Ref, Filling> filled = fill(refs);
        Map<Ref, byte[]> read = new HashMap<>();
        filled.forEach((ref, filling) -> {
            if (!filling.isWhole()) {
                throw new StoreUnavailableException(
                        "bytes of a job at " + link.settings().shown()
                                + " were moved while they were read, or are lost: nothing was changed by this; repeat the"
                                + " call",
                        null);
            }
            read.put(ref, filling.bytes);
        });
        return read;
    }

    /** As {@link #read}, without those that are not there: one job whose bytes are lost must not hide the others. */
    Map<Ref, byte[]> readable(Collection<Ref> refs) {
        Map<Ref, byte[]> read = new HashMap<>();
        fill(refs).forEach((ref, filling) -> {
            if (filling.isWhole()) {
                read.put(ref, filling.bytes);
            } else {
                LOG.error("{}: the bytes at {} are not there", link.settings().shown(), ref);
            }
        });
        return read;
    }

    /** Reads message by message, and keeps of each what was asked for. */
    private Map<Ref, Filling> fill(Collection<Ref> refs) {
        Map<Ref, Filling> fillings = new HashMap<>();
        Map<Long, List<Filling>> wanted = new LinkedHashMap<>();
        for (Ref ref : refs) {
            if (fillings.containsKey(ref)) {
                continue;
            }
            Filling filling = new Filling(ref);
            fillings.put(ref, filling);
            for (int part = 0; part < ref.parts() && !ref.isLost(); part++) {
                wanted.computeIfAbsent(ref.seq() + part, any -> new ArrayList<>())
                        .add(filling);
            }
        }
        Map<Long, List<Filling>> missing = fetch(wanted);
        if (!missing.isEmpty()) {
            refuseOneBehind(Collections.max(missing.keySet()));
            fetch(missing);
        }
        return fillings;
    }

    /**
     * A server that leads the stream since a moment ago may not have carried out all that it has taken over: what it does not
     * show then is not lost.
     */
    private void refuseOneBehind(long seq) {
        if (link.await(link.lastSequence()) < seq) {
            throw NatsErrors.unavailable(link.settings(), "the server that leads the stream is behind", null);
        }
    }

    /** Reads those messages, and tells which are not there. */
    private Map<Long, List<Filling>> fetch(Map<Long, List<Filling>> wanted) {
        Map<Long, List<Filling>> missing = new LinkedHashMap<>();
        Deque<UnderWay> underWay = new ArrayDeque<>();
        wanted.forEach((seq, waiting) -> {
            byte[] known = cached(seq);
            if (known.length > 0) {
                waiting.forEach(filling -> filling.add(seq, known));
                return;
            }
            if (underWay.size() == WINDOW) {
                take(underWay.remove(), missing);
            }
            underWay.add(new UnderWay(seq, link.read(seq), waiting));
        });
        underWay.forEach(each -> take(each, missing));
        return missing;
    }

    private record UnderWay(long seq, CompletableFuture<byte[]> message, List<Filling> waiting) {}

    private void take(UnderWay first, Map<Long, List<Filling>> missing) {
        byte[] message = link.await(first.message);
        if (message.length == 0) {
            missing.put(first.seq, first.waiting);
            return;
        }
        keep(first.seq, message);
        first.waiting.forEach(filling -> filling.add(first.seq, message));
    }

    /** The bytes at one place, as far as its messages have come. */
    private static final class Filling {
        final byte[] bytes;
        private final Ref ref;
        private int left;

        Filling(Ref ref) {
            this.ref = ref;
            bytes = new byte[ref.length()];
            left = ref.parts();
        }

        boolean isWhole() {
            return left == 0;
        }

        /** Takes what is its own of a message. All parts but the last are of one length. */
        void add(long seq, byte[] message) {
            boolean alone = ref.parts() == 1;
            int part = (int) (seq - ref.seq());
            int length = alone ? bytes.length : message.length;
            int at = !alone && part == ref.parts() - 1 ? bytes.length - length : part * length;
            if (message.length >= ref.offset() + length && at >= 0 && at + length <= bytes.length) {
                System.arraycopy(message, ref.offset(), bytes, at, length);
                left -= message.length == 0 ? 0 : 1;
            }
        }
    }
}
