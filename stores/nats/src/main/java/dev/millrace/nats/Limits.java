package dev.millrace.nats;

import dev.millrace.internal.flow.Buckets;
import dev.millrace.internal.flow.GroupKey;
import dev.millrace.internal.flow.Groups;
import dev.millrace.nats.Bucket.Owner;
import dev.millrace.spi.Micros;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is set for queues, read off the notes as they are written, and the buckets of those with a rate, with their entries in the
 * journal. Touched on the leader's thread only.
 */
final class Limits {
    private final Changes changes;
    private final Groups<Job> groups;
    private final Buckets queues = new Buckets();
    private final Map<Owner, Bucket> buckets = new HashMap<>();
    private final NavigableSet<Bucket> byFull = new TreeSet<>(Bucket.BY_FULL);
    private long lastSweep = Long.MAX_VALUE;

    Limits(Changes changes, Groups<Job> groups) {
        this.changes = changes;
        this.groups = groups;
    }

    /** Takes in what a replay found; {@link #loaded} ends it. */
    void load(String queue, byte[] note) {
        queues.limit(queue, read(note), 0);
    }

    /** A note of the space of limits was written; null when it is gone. */
    void noted(String queue, byte @Nullable [] note, long now) {
        QueueLimits limits = read(note);
        queues.limit(queue, limits, now);
        groups.limitsChanged(queue, limits, now);
        for (Bucket bucket : List.copyOf(buckets.values())) {
            if (bucket.owner.queue().equals(queue)) {
                clamp(bucket, now);
            }
        }
    }

    private static QueueLimits read(byte @Nullable [] note) {
        QueueLimits limits = note == null ? null : QueueLimits.decode(note);
        return limits == null ? QueueLimits.NONE : limits;
    }

    /** A bucket that was emptied under a slower rate, or by a clock that went back, is just empty. */
    private void clamp(Bucket bucket, long now) {
        Owner owner = bucket.owner;
        QueueLimits limits = queues.of(owner.queue());
        Rate rate = owner.group() == null ? limits.rate() : limits.rate(owner.group());
        long fullAt = rate == null ? now : rate.clamp(bucket.fullAt, now);
        if (fullAt < bucket.fullAt) {
            fill(owner, fullAt);
            keep(owner, fullAt);
        }
    }

    private void fill(Owner owner, long fullAt) {
        if (owner.group() == null) {
            queues.bucket(owner.queue(), fullAt);
        } else {
            groups.bucket(new GroupKey(owner.queue(), owner.group()), fullAt);
        }
    }

    QueueLimits of(String queue) {
        return queues.of(queue);
    }

    /** Whether any queue has a rate. */
    boolean rated() {
        return queues.rated();
    }

    /** Whether a job may be claimed from a queue now. */
    boolean hasToken(String queue, long now) {
        return queues.tokens(queue, now) > 0;
    }

    /** A job was claimed from a queue: takes a token, if it has a rate. */
    void claimed(String queue, long now) {
        if (queues.of(queue).rate() != null) {
            queues.take(queue, now, 1);
            keep(new Owner(queue, null), queues.bucket(queue));
        }
    }

    /** A job has passed its group's gate, and a token was taken if there is a rate. */
    void passed(GroupKey key) {
        if (queues.of(key.queue()).rate(key.group()) != null) {
            keep(Owner.of(key), groups.bucket(key));
        }
    }

    /** When a job may be claimed next that is READY in a queue whose bucket is empty; {@link Micros#NEVER} when there is none. */
    long nextClaim(Lanes lanes, long now) {
        if (!rated()) {
            return Micros.NEVER;
        }
        return lanes.ready().keySet().stream()
                .filter(queue -> !hasToken(queue, now))
                .mapToLong(queue -> queues.nextAt(queue, now))
                .min()
                .orElse(Micros.NEVER);
    }

    /** Whether a job of any queue may be claimed now. */
    boolean claimable(Lanes lanes, long now) {
        return rated()
                ? lanes.ready().keySet().stream().anyMatch(queue -> hasToken(queue, now))
                : !lanes.ready().isEmpty();
    }

    private void keep(Owner owner, long fullAt) {
        Bucket bucket = buckets.computeIfAbsent(owner, Bucket::new);
        byFull.remove(bucket);
        bucket.fullAt = fullAt;
        byFull.add(bucket);
        changes.touch(bucket);
    }

    /** Drops buckets that are full, at most so many; looks at all when the clock went back. */
    void sweep(long now, int most) {
        if (now < lastSweep) {
            List.copyOf(buckets.values()).forEach(bucket -> clamp(bucket, now));
        }
        lastSweep = now;
        int left = most;
        while (left > 0 && !byFull.isEmpty() && byFull.first().fullAt <= now) {
            Bucket full = byFull.pollFirst();
            buckets.remove(full.owner);
            full.gone = true;
            changes.touch(full);
            left--;
        }
        groups.dropIdle(now, most);
    }

    /** Takes in what a replay found; {@link #loaded} ends it. */
    void load(Bucket bucket) {
        Bucket before = buckets.remove(bucket.owner);
        if (before != null) {
            byFull.remove(before);
        }
        if (!bucket.gone) {
            buckets.put(bucket.owner, bucket);
            byFull.add(bucket);
        }
    }

    /** Everything has been read: fills the buckets. */
    void loaded() {
        for (Bucket bucket : buckets.values()) {
            changes.addLive(bucket.entrySize);
            fill(bucket.owner, bucket.fullAt);
        }
    }

    Collection<Bucket> all() {
        return buckets.values();
    }
}
