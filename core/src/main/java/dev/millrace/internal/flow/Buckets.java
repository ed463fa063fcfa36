package dev.millrace.internal.flow;

import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The limits of the queues, and the buckets of those with a rate.
 *
 * <p>Not thread-safe. Times are microseconds since 1970.
 */
public final class Buckets {
    private final Map<String, QueueLimits> limits = new HashMap<>();
    private final Map<String, Long> buckets = new HashMap<>();

    /** Sets a queue's limits; {@link QueueLimits#NONE} takes them away. */
    public void limit(String queue, QueueLimits value, long now) {
        if (value.equals(QueueLimits.NONE)) {
            limits.remove(queue);
        } else {
            limits.put(queue, value);
        }
        Rate rate = value.rate();
        buckets.computeIfPresent(queue, (name, fullAt) -> rate == null ? null : (Long) rate.clamp(fullAt, now));
    }

    /** What is set for a queue. */
    public QueueLimits of(String queue) {
        return limits.isEmpty() ? QueueLimits.NONE : limits.getOrDefault(queue, QueueLimits.NONE);
    }

    /** How many jobs may be claimed from a queue now; {@link Integer#MAX_VALUE} where no rate is set. */
    public int tokens(String queue, long now) {
        Rate rate = of(queue).rate();
        return rate == null ? Integer.MAX_VALUE : rate.tokens(bucket(queue), now);
    }

    /** Takes tokens for jobs that were claimed. */
    public void take(String queue, long now, int jobs) {
        Rate rate = of(queue).rate();
        if (rate != null) {
            buckets.put(queue, rate.take(bucket(queue), now, jobs));
        }
    }

    /** From when on a job may be claimed from a queue. */
    public long nextAt(String queue, long now) {
        Rate rate = of(queue).rate();
        return rate == null ? now : rate.nextAt(bucket(queue), now);
    }

    /** Whether any queue has a rate, so that claims are to ask. */
    public boolean rated() {
        return !limits.isEmpty() && limits.values().stream().anyMatch(of -> of.rate() != null);
    }

    /** A queue's bucket, for those who keep it elsewhere as well. */
    public long bucket(String queue) {
        return buckets.getOrDefault(queue, 0L);
    }

    /** Sets a bucket to what was kept. */
    public void bucket(String queue, long fullAt) {
        buckets.put(queue, fullAt);
    }

    /** All buckets, by queue. */
    public void forEachBucket(BiConsumer<String, Long> action) {
        buckets.forEach(action);
    }
}
