package dev.millrace.redis;

import dev.millrace.StoreException;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits of queues. Their notes lie in one partition, and the scripts of each need those of its own queues: so whoever changes a note
 * tells the queue's partition, and what was not told, because that was out of reach or the process died, each sweep tells. What a
 * partition has carries the version of the notes from which it was read, so that nothing that was read earlier comes after it.
 */
final class Limits {
    private static final Logger log = LoggerFactory.getLogger(Limits.class);
    private static final byte[] NOTHING = {};

    private final Server server;
    private final Partitions partitions;
    private final NoteKeeper notes;
    /** The version of which all partitions know that there are no limits. */
    private volatile long unlimited = -1;

    Limits(Server server, Partitions partitions, NoteKeeper notes) {
        this.server = server;
        this.partitions = partitions;
        this.notes = notes;
    }

    /** Tells the queue's partition of them; if that cannot be done now, the next sweep does it. */
    void tell(String queue) {
        try {
            NoteKeeper.Snapshot read = notes.snapshot(QueueLimits.SPACE, queue);
            byte[] set = read.notes().isEmpty() ? NOTHING : packed(read.notes().get(0));
            server.call(
                    Script.LIMIT,
                    partitions.ofQueue(queue),
                    new Args()
                            .add(read.version())
                            .add("one")
                            .add(queue)
                            .add(set)
                            .list());
        } catch (StoreException e) {
            log.warn("the limits of queue {} are set, and take effect with the next sweep: {}", queue, e.getMessage());
        }
    }

    /** Tells all partitions of all that is set, if there is anything that they may not know. */
    void tellAll() {
        try {
            NoteKeeper.Snapshot read = notes.snapshot(QueueLimits.SPACE);
            if (read.notes().isEmpty() && read.version() == unlimited) {
                return;
            }
            Map<Partition, Args> told = new LinkedHashMap<>();
            partitions
                    .all()
                    .forEach(one -> told.put(one, new Args().add(read.version()).add("all")));
            for (NoteKeeper.Mortal one : read.notes()) {
                byte[] set = packed(one);
                if (set.length > 0) {
                    String queue = one.note().key();
                    Objects.requireNonNull(told.get(partitions.ofQueue(queue)))
                            .add(queue)
                            .add(set);
                }
            }
            List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
            told.forEach((partition, args) -> replies.add(server.change(Script.LIMIT, partition, args.list())));
            server.awaitAll(replies);
            unlimited = read.notes().isEmpty() ? read.version() : -1;
        } catch (StoreException e) {
            log.debug("partitions have the limits of queues that they had; the next sweep tells them what is set", e);
        }
    }

    private static byte[] packed(NoteKeeper.Mortal one) {
        QueueLimits limits = QueueLimits.decode(one.note().value());
        if (limits == null || limits.equals(QueueLimits.NONE)) {
            return NOTHING;
        }
        Pack out = new Pack(64).micros(one.death());
        rate(out, limits.rate());
        out.u32(limits.fair()).u16(limits.groups().size());
        limits.groups().forEach((name, of) -> {
            byte[] text = Pack.utf8(name);
            rate(out.u16(text.length).raw(text).u32(of.atOnce()), of.rate());
        });
        return out.bytes();
    }

    private static void rate(Pack out, @Nullable Rate rate) {
        out.whole(rate == null ? 0 : rate.interval()).u32(rate == null ? 0 : rate.burst());
    }
}
