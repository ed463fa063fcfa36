package dev.millrace.redis;

import dev.millrace.StoreException;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits of queues. Their notes lie in one partition, and the scripts of all need them: so they are read by whoever changes
 * them here, with each beat and each sweep, and when a signal says that something was set, and go along with each call that looks
 * at them. Without limits nothing goes along.
 */
final class Limits {
    private static final Logger log = LoggerFactory.getLogger(Limits.class);

    private final Server server;
    private final Partitions partitions;
    private final NoteKeeper notes;

    Limits(Server server, Partitions partitions, NoteKeeper notes) {
        this.server = server;
        this.partitions = partitions;
        this.notes = notes;
    }

    /** Reads them anew. */
    void refresh() {
        server.limits(packed(notes.notes(QueueLimits.SPACE)));
    }

    /** Reads them anew if that can be done now; otherwise the next beat does it. */
    void refreshOrLeave() {
        try {
            refresh();
        } catch (StoreException e) {
            log.debug("limits of queues are as they were a moment ago; the next beat reads them", e);
        }
    }

    /** Reads them anew, and waits for nothing. */
    void refreshLater() {
        notes.later(QueueLimits.SPACE, found -> server.limits(packed(found)));
    }

    private Map<Integer, byte[]> packed(List<Note> found) {
        Map<Integer, Pack> packs = new HashMap<>();
        for (Note note : found) {
            QueueLimits limits = QueueLimits.decode(note.value());
            if (limits != null && !limits.equals(QueueLimits.NONE)) {
                int number = partitions.ofQueue(note.key()).number();
                pack(packs.computeIfAbsent(number, any -> new Pack(64)), note.key(), limits);
            }
        }
        Map<Integer, byte[]> packed = new HashMap<>();
        packs.forEach((number, pack) -> packed.put(number, pack.bytes()));
        return Map.copyOf(packed);
    }

    private static void pack(Pack out, String queue, QueueLimits limits) {
        name(out, queue);
        rate(out, limits.rate());
        out.u32(limits.fair()).u16(limits.groups().size());
        limits.groups().forEach((name, of) -> {
            name(out, name);
            rate(out.u32(of.atOnce()), of.rate());
        });
    }

    private static void name(Pack out, String name) {
        byte[] text = Pack.utf8(name);
        out.u16(text.length).raw(text);
    }

    private static void rate(Pack out, @Nullable Rate rate) {
        out.whole(rate == null ? 0 : rate.interval()).u32(rate == null ? 0 : rate.burst());
    }
}
