package dev.millrace.nats;

import dev.millrace.internal.flow.GroupKey;
import dev.millrace.spi.Keys;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** How full the bucket of a queue or of a group is that has a rate: one number ({@link dev.millrace.spi.Rate}). */
final class Bucket extends Kept {
    static final int SORT = 7;

    /** Those that are full first come first. */
    static final Comparator<Bucket> BY_FULL = Comparator.<Bucket>comparingLong(bucket -> bucket.fullAt)
            .thenComparing(bucket -> bucket.owner.queue)
            .thenComparing(bucket -> bucket.owner.name())
            .thenComparing(bucket -> bucket.owner.key());

    final Owner owner;
    long fullAt;

    /**
     * What has a rate.
     *
     * @param group null for the queue itself
     */
    record Owner(String queue, Keys.@Nullable Group group) {
        static Owner of(GroupKey key) {
            return new Owner(key.queue(), key.group());
        }

        private String name() {
            return group == null ? "" : group.name();
        }

        private String key() {
            return group == null ? "" : group.key();
        }
    }

    Bucket(Owner owner) {
        this.owner = owner;
    }

    @Override
    void write(Out out) {
        Keys.Group group = owner.group;
        out.one(SORT).text(owner.queue).flag(group != null);
        if (group != null) {
            out.text(group.name()).text(group.key());
        }
        out.flag(gone);
        if (!gone) {
            out.number(fullAt);
        }
    }

    static Bucket read(In in) {
        String queue = in.text();
        Keys.Group group = in.flag() ? new Keys.Group(in.text(), in.text(), false) : null;
        Bucket bucket = new Bucket(new Owner(queue, group));
        bucket.gone = in.flag();
        if (!bucket.gone) {
            bucket.fullAt = in.number();
        }
        return bucket;
    }
}
