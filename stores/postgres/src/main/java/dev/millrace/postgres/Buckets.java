package dev.millrace.postgres;

import dev.millrace.spi.Rate;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The buckets of some queues, locked until the end of the transaction. Nobody waits for a bucket: one that another claim has locked
 * gives no token now, so that a process that is stuck with it holds up nobody else. One that is full at the end, since nothing was
 * taken from it, is deleted.
 */
final class Buckets {
    private static final String LOCK =
            "SELECT queue, full_at FROM @bucket WHERE queue = ANY (?) ORDER BY queue FOR UPDATE SKIP LOCKED";
    private static final String MAKE = """
            INSERT INTO @bucket (queue, full_at) SELECT w.queue, 0 FROM unnest(?::text[]) AS w (queue)
            ORDER BY w.queue COLLATE "C" ON CONFLICT (queue) DO NOTHING
            """;
    private static final String WRITE = """
            UPDATE @bucket AS b SET full_at = w.full_at FROM unnest(?::text[], ?::bigint[]) AS w (queue, full_at)
            WHERE b.queue = w.queue
            """;
    private static final String DROP = "DELETE FROM @bucket WHERE queue = ANY (?)";
    private static final String DROP_FULL = """
            DELETE FROM @bucket WHERE ctid = ANY (ARRAY(
              SELECT ctid FROM @bucket WHERE full_at <= ? LIMIT ? FOR UPDATE SKIP LOCKED))
            """;

    private final Tx tx;
    private final Map<String, Bucket> locked = new HashMap<>();

    /** A locked bucket. */
    private static final class Bucket {
        final Rate rate;
        final long kept;
        long fullAt;

        Bucket(Rate rate, long kept) {
            this.rate = rate;
            this.kept = kept;
            this.fullAt = kept;
        }
    }

    private Buckets(Tx tx) {
        this.tx = tx;
    }

    /**
     * Makes buckets that were not there, full. That is committed at once: who takes from a bucket that another transaction is
     * making would wait for that, and two that make and lock in turns might wait for each other.
     */
    static void make(Sql sql, Collection<String> queues) throws SQLException {
        sql.update(MAKE, (Object) queues.stream().map(Sql::clean).toArray(String[]::new));
    }

    /** Locks the buckets of these queues, but for those that others have locked, or dropped. */
    static Buckets lock(Tx tx, Map<String, Rate> rates) throws SQLException {
        Buckets buckets = new Buckets(tx);
        Map<String, String> byName = new HashMap<>();
        rates.keySet().forEach(queue -> byName.put(Sql.clean(queue), queue));
        tx.sql.rows(
                LOCK,
                row -> {
                    String queue = byName.get(Sql.textOrEmpty(row, 1));
                    Rate rate = queue == null ? null : rates.get(queue);
                    if (queue != null && rate != null) {
                        buckets.locked.put(queue, new Bucket(rate, row.getLong(2)));
                    }
                    return true;
                },
                (Object) byName.keySet().toArray(String[]::new));
        buckets.clamp();
        return buckets;
    }

    /**
     * A bucket that was emptied under a slower rate, or by a clock that went back, is just empty. One that another has emptied since
     * this transaction began is no such bucket, so that is judged by a time read after the locks.
     */
    private void clamp() throws SQLException {
        Long later = null;
        for (Bucket bucket : locked.values()) {
            if (bucket.rate.clamp(bucket.kept, tx.now()) != bucket.kept) {
                later = later == null ? (Long) tx.readTime() : later;
                bucket.fullAt = bucket.rate.clamp(bucket.kept, later);
            }
        }
    }

    /** Whether this transaction has the queue's bucket. */
    boolean has(String queue) {
        return locked.containsKey(queue);
    }

    /** How many jobs may be claimed from a queue. */
    int tokens(String queue) {
        Bucket bucket = locked.get(queue);
        return bucket == null ? 0 : bucket.rate.tokens(bucket.fullAt, tx.now());
    }

    void take(String queue, int tokens) {
        Bucket bucket = locked.get(queue);
        if (bucket != null && tokens > 0) {
            bucket.fullAt = bucket.rate.take(bucket.fullAt, tx.now(), tokens);
        }
    }

    /** Writes down what was taken. */
    void write() throws SQLException {
        List<String> changed = new ArrayList<>();
        List<Long> fullAt = new ArrayList<>();
        List<String> full = new ArrayList<>();
        locked.forEach((queue, bucket) -> {
            if (bucket.fullAt <= tx.now()) {
                full.add(Sql.clean(queue));
            } else if (bucket.fullAt != bucket.kept) {
                changed.add(Sql.clean(queue));
                fullAt.add(bucket.fullAt);
            }
        });
        if (!changed.isEmpty()) {
            tx.sql.update(WRITE, changed.toArray(String[]::new), fullAt.toArray(Long[]::new));
        }
        if (!full.isEmpty()) {
            tx.sql.update(DROP, (Object) full.toArray(String[]::new));
        }
    }

    /** Drops buckets that are full by now; says how many. */
    static int dropFull(Tx tx, int limit) throws SQLException {
        return tx.sql.update(DROP_FULL, tx.now(), limit);
    }
}
