package dev.millrace.postgres;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A look at queues with a rate: what is READY in them, and their buckets. It is two statements of one round trip, and reads the
 * heads of those lanes that have READY jobs, however many lanes and queues there are.
 *
 * @param heads the best READY job of each lane that has one: one that was never rescued, and one that was
 * @param buckets of the queues that have one; a bucket that is not there is full
 */
record RatedLook(List<Head> heads, Map<String, Long> buckets) {
    private static final String HEADS =
            Sql.AT_TIME + """
            SELECT w.lane, false, f.* FROM UNSTRUCK CROSS JOIN LATERAL (
              SELECT priority, due, seq FROM @job WHERE state = 2 AND rescues = 0 AND lane = w.lane
                AND priority >= ? AND (expires IS NULL OR expires > (SELECT now FROM t))
              ORDER BY priority DESC, due, seq LIMIT 1) AS f
            UNION ALL
            SELECT w.lane, true, f.* FROM STRUCK CROSS JOIN LATERAL (
              SELECT priority, due, seq FROM @job WHERE state = 2 AND rescues > 0 AND lane = w.lane
                AND priority >= ? AND (expires IS NULL OR expires > (SELECT now FROM t))
              ORDER BY priority DESC, due, seq LIMIT 1) AS f
            """.replace("UNSTRUCK", ManyLanes.UNSTRUCK).replace("STRUCK", ManyLanes.STRUCK);
    private static final String BUCKETS = "SELECT queue, full_at FROM @bucket";

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
                row -> look.heads.add(
                        new Head(row.getInt(1), row.getBoolean(2), row.getInt(3), row.getLong(4), row.getLong(5))),
                moved,
                ascending,
                minPriority,
                ascending,
                minPriority);
        pipeline.add(BUCKETS, row -> look.buckets.put(Sql.textOrEmpty(row, 1), row.getLong(2)));
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

    /** The queues in which something is READY. */
    Set<String> ready(Lanes.Known lanes) {
        Set<String> queues = new HashSet<>();
        heads.forEach(head -> queues.add(lanes.queue(head.lane)));
        return queues;
    }
}
