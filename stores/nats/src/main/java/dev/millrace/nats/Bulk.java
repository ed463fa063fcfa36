package dev.millrace.nats;

import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Transfer.Item;
import java.util.ArrayList;
import java.util.List;

/**
 * How much one call may bring. All of a call is one commit, which the leader has in memory as it came, as jobs and as messages
 * before it is durable, and for which all others wait.
 */
final class Bulk {
    /** The most bytes of payloads in one list. */
    static final long MOST_BYTES = 64L << 20;

    /** Items that need not come together do not, above so many bytes. */
    static final long SLICE_BYTES = 8L << 20;

    /** Bytes of the entry of a dependency, about. */
    static final int TIE_BYTES = 60;

    private Bulk() {}

    /** @throws IllegalArgumentException if the list is too large for one commit */
    static void check(Call.Enqueue enqueue) {
        long bytes = enqueue.bytes();
        if (bytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "the payloads of these " + enqueue.jobs().size() + " jobs have " + bytes
                            + " bytes: the NATS store takes at most " + MOST_BYTES
                            + " in one list, since it stores all of a list or nothing. Nothing was stored: enqueue"
                            + " fewer at a time, or use enqueueEach, which does");
        }
    }

    /** The items in order, as few slices as that many bytes allow; at least one slice, and one item in each. */
    static List<List<Item>> slices(List<Item> items, long most) {
        List<List<Item>> slices = new ArrayList<>();
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < items.size(); i++) {
            long more = bytes(items.get(i));
            if (i > from && bytes + more > most) {
                slices.add(items.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += more;
        }
        slices.add(items.subList(from, items.size()));
        return slices;
    }

    /** About. */
    static long bytes(Item item) {
        if (item instanceof Item.Job carried) {
            JobRecord job = carried.job();
            byte[] result = job.result();
            long steps = carried.trail().steps().values().stream()
                    .mapToLong(step -> step.length)
                    .sum();
            long lines = carried.trail().log().stream()
                    .mapToLong(line -> line.text().length())
                    .sum();
            long parents = (long) TIE_BYTES * carried.parents().size();
            return job.spec().payload().length + (result == null ? 0 : result.length) + steps + lines + parents;
        }
        return item instanceof Item.Noted noted ? noted.note().value().length : 0;
    }
}
