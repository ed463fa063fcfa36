package dev.millrace.postgres;

import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A look at queues with a rate: what is READY in them, and the buckets of those queues. It is one statement, and reads the heads of
 * those lanes that have READY jobs and as many buckets, however many lanes, queues and buckets there are.
 *
 * @param heads the best READY job of each lane that has one: one that was never rescued, and one that was
 * @param buckets by queue, of those heads whose queue has one; a bucket that is not there is full
 */
record RatedLook(List<Head> heads, Map<String, Long> buckets) {
    /** By its key, so that buckets of other queues are not read. */
    private static final String BUCKET = "(SELECT b.full_at FROM @bucket AS b WHERE b.queue = n.queue)";

    private static final String QUEUE =
            "CROSS JOIN LATERAL (SELECT queue FROM @lane WHERE lane = w.lane OFFSET 0) AS n";

    private static final String HEADS = Sql.AT_TIME
            + """
            SELECT w.lane, false, f.*, BUCKET, n.queue FROM UNSTRUCK CROSS JOIN LATERAL (
              SELECT priority, due, seq FROM @job WHERE state = 2 AND rescues = 0 AND lane = w.lane
                AND priority >= ? AND (expires IS NULL OR expires > (SELECT now FROM t))
              ORDER BY priority DESC, due, seq LIMIT 1) AS f QUEUE
            UNION ALL
            SELECT w.lane, true, f.*, BUCKET, n.queue FROM STRUCK CROSS JOIN LATERAL (
              SELECT priority, due, seq FROM @job WHERE state = 2 AND rescues > 0 AND lane = w.lane
                AND priority >= ? AND (expires IS NULL OR expires > (SELECT now FROM t))
              ORDER BY priority DESC, due, seq LIMIT 1) AS f QUEUE
            """.replace("BUCKET", BUCKET)
                    .replace("QUEUE", QUEUE)
                    .replace("UNSTRUCK", ManyLanes.UNSTRUCK)
                    .replace("STRUCK", ManyLanes.STRUCK);

    /** A READY job that is first of its lane. */
    record Head(int lane, boolean struck, int priority, long due, long seq) implements Comparable<Head> {
        @Override
        public int compareTo(Head other) {
            int byPriority = Integer.compare(other.priority, priority);
            int byDue = byPriority != 0 ? byPriority : Long.compare(due, other.due);
            return byDue != 0 ? byDue : Long.compare(seq, other.seq);
        }
    }

    /** Adds the look to what travels; what it finds is in the result once the pipeline has run. */
    static RatedLook add(Pipeline pipeline, long moved, Collection<Integer> lanes, int minPriority) {
        RatedLook look = new RatedLook(new ArrayList<>(), new HashMap<>());
        Integer[] ascending = lanes.stream().sorted().toArray(Integer[]::new);
        pipeline.add(
                HEADS,
                row -> {
                    Long fullAt = Sql.longOrNull(row, 6);
                    if (fullAt != null) {
                        look.buckets.put(Sql.textOrEmpty(row, 7), fullAt);
                    }
                    return look.heads.add(
                            new Head(row.getInt(1), row.getBoolean(2), row.getInt(3), row.getLong(4), row.getLong(5)));
                },
                moved,
                ascending,
                minPriority,
                ascending,
                minPriority);
        return look;
    }

    /** Looks, in a round trip of its own. */
    static RatedLook at(Sql sql, long moved, Collection<Integer> lanes, int minPriority) throws SQLException {
        Pipeline pipeline = new Pipeline();
        RatedLook look = add(pipeline, moved, lanes, minPriority);
        pipeline.run(sql);
        return look;
    }

    /** The queue's bucket: the time at which it is full. */
    long bucket(String queue) {
        return buckets.getOrDefault(Sql.clean(queue), 0L);
    }

    /** Whether the queue, in which something is READY, has a bucket. */
    boolean hasBucket(String queue) {
        return buckets.containsKey(Sql.clean(queue));
    }

    /** The queues in which something is READY. */
    Set<String> ready(Lanes.Known lanes) {
        Set<String> queues = new HashSet<>();
        heads.forEach(head -> queues.add(lanes.queue(head.lane)));
        return queues;
    }

    /** The lanes of all queues with a rate, of any kind. */
    static Set<Integer> lanes(Map<String, QueueLimits> rated, Lanes.Known lanes) {
        Set<Integer> wanted = new TreeSet<>();
        lanes.names().forEach((lane, name) -> {
            if (rated.containsKey(name.queue())) {
                wanted.add(lane);
            }
        });
        return wanted;
    }

    /** When the next token comes that a READY job waits for, in microseconds; null when none waits for one. */
    @Nullable
    Long nextToken(Map<String, QueueLimits> rated, Lanes.Known lanes, long now) {
        Long next = null;
        for (String queue : ready(lanes)) {
            QueueLimits limits = rated.get(queue);
            Rate rate = limits == null ? null : limits.rate();
            long fullAt = bucket(queue);
            if (rate != null && rate.tokens(fullAt, now) == 0) {
                long at = rate.nextAt(fullAt, now);
                next = next == null ? (Long) at : (Long) Math.min(next, at);
            }
        }
        return next;
    }

    /** Whether READY jobs may be claimed by what the buckets hold, when there are some. */
    static boolean claimable(Sql sql, Calls calls, long now) throws SQLException {
        calls.limits().refresh(sql, calls.moved());
        Map<String, QueueLimits> rated = calls.limits().rated();
        if (rated.isEmpty()) {
            return true;
        }
        calls.lanes().read(sql);
        Lanes.Known lanes = calls.lanes().known();
        RatedLook look = at(sql, calls.moved(), new HashSet<>(lanes.names().keySet()), Integer.MIN_VALUE);
        return look.ready(lanes).stream().anyMatch(queue -> {
            QueueLimits limits = rated.get(queue);
            Rate rate = limits == null ? null : limits.rate();
            return rate == null || rate.tokens(look.bucket(queue), now) > 0;
        });
    }
}
