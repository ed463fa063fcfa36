package dev.millrace.internal;

import dev.millrace.spi.Store;
import dev.millrace.spi.Transfer.Item;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * How two stores differ, found by reading both again where their digests differ: so many items at a time as memory is sure to
 * hold. Notes that live for a time only may be gone from one of them by now, and do not count.
 */
final class Comparison {
    /** How many items of the source are held in memory at once. */
    private static final long AT_ONCE = 250_000;

    private static final int EXAMPLES = 3;

    private final Findings missing = new Findings();
    private final Findings different = new Findings();
    private final Findings others = new Findings();

    private Comparison() {}

    /** So many, and the first of them by name. */
    static final class Findings {
        private long count;
        private final List<String> examples = new ArrayList<>();

        private void add(Seen seen) {
            count++;
            if (examples.size() < EXAMPLES) {
                examples.add(seen.name);
            }
        }

        long count() {
            return count;
        }

        @Override
        public String toString() {
            return count + " (" + String.join(", ", examples) + (count > examples.size() ? ", …)" : ")");
        }
    }

    private record Seen(long sum, String name, boolean fleeting) {
        static Seen of(Digest.Mark mark, Item item) {
            return item instanceof Item.Noted noted
                    ? new Seen(
                            mark.sum(),
                            "note " + noted.note().space() + "/" + noted.note().key(),
                            noted.timeToLive() != null)
                    : new Seen(mark.sum(), "job " + mark.id(), false);
        }
    }

    /** Reads both stores again. Equal digests make an empty comparison without a look. */
    static Comparison of(Store source, Digest here, Store target, Digest there) {
        Comparison comparison = new Comparison();
        Set<Integer> buckets = new HashSet<>();
        long items = 0;
        for (int bucket = 0; bucket < Digest.BUCKETS; bucket++) {
            if (here.same(there, bucket)) {
                continue;
            }
            if (items > 0 && items + here.count(bucket) > AT_ONCE) {
                comparison.compare(source, target, buckets);
                buckets.clear();
                items = 0;
            }
            buckets.add(bucket);
            items += here.count(bucket);
        }
        if (!buckets.isEmpty()) {
            comparison.compare(source, target, buckets);
        }
        return comparison;
    }

    private void compare(Store source, Store target, Set<Integer> buckets) {
        Map<UUID, Seen> here = new HashMap<>();
        scan(source, buckets, (mark, seen) -> here.put(mark.id(), seen));
        scan(target, buckets, (mark, seen) -> {
            Seen original = here.remove(mark.id());
            if (original == null) {
                if (!seen.fleeting) {
                    others.add(seen);
                }
            } else if (original.sum != seen.sum) {
                different.add(seen);
            }
        });
        here.values().stream().filter(seen -> !seen.fleeting).forEach(missing::add);
    }

    private interface Visitor {
        void visit(Digest.Mark mark, Seen seen);
    }

    private static void scan(Store store, Set<Integer> buckets, Visitor visitor) {
        Digest marks = new Digest();
        ExportReader reader = new ExportReader(store);
        while (!reader.ended()) {
            for (Item item : reader.next()) {
                Digest.Mark mark = marks.add(item);
                if (buckets.contains(mark.bucket())) {
                    visitor.visit(mark, Seen.of(mark, item));
                }
            }
        }
    }

    /** In the source, and not in the target. */
    Findings missing() {
        return missing;
    }

    /** In both, and not alike. */
    Findings different() {
        return different;
    }

    /** In the target, and not in the source. */
    Findings others() {
        return others;
    }
}
