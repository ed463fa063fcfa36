package dev.millrace.sqlite;

import dev.millrace.spi.Micros;
import dev.millrace.spi.Rate;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rates at which queues are claimed from. A bucket is one number in {@code millrace_bucket}; a queue without a row has a full
 * one. Where no queue has a rate, claims do not come here.
 */
final class QueueRates {
    private static final String READY_LANES = "SELECT lane FROM millrace_count WHERE state = 2 AND n > 0";

    private QueueRates() {}

    private static long bucket(Tx tx, String queue) throws SQLException {
        return tx.sql.number("SELECT full_at FROM millrace_bucket WHERE queue = ?", queue);
    }

    /** How many jobs may be claimed from a queue now. */
    static int tokens(Tx tx, String queue) throws SQLException {
        Rate rate = tx.limits.rates(tx.now()).get(queue);
        return rate == null ? Integer.MAX_VALUE : rate.tokens(bucket(tx, queue), tx.now());
    }

    /** Takes tokens for jobs that are claimed. */
    static void take(Tx tx, String queue, int jobs) throws SQLException {
        Rate rate = tx.limits.rates(tx.now()).get(queue);
        if (rate != null && jobs > 0) {
            save(tx, queue, rate.take(bucket(tx, queue), tx.now(), jobs));
        }
    }

    /** Those of the lanes that are of queues with a rate, by queue. */
    static Map<String, List<Long>> rated(Tx tx, List<Long> lanes) throws SQLException {
        Map<String, Rate> rates = tx.limits.rates(tx.now());
        Map<String, List<Long>> rated = new LinkedHashMap<>();
        for (long lane : lanes) {
            String queue = tx.lanes.name(lane).queue();
            if (rates.containsKey(queue)) {
                rated.computeIfAbsent(queue, any -> new ArrayList<>()).add(lane);
            }
        }
        return rated;
    }

    /** When a token comes that READY jobs wait for; {@link Micros#NEVER} when none do. Counts must be flushed. */
    static long nextClaim(Tx tx) throws SQLException {
        long next = Micros.NEVER;
        for (String queue : rated(tx, readyLanes(tx)).keySet()) {
            Rate rate = tx.limits.rates(tx.now()).get(queue);
            long bucket = bucket(tx, queue);
            if (rate != null && rate.tokens(bucket, tx.now()) == 0) {
                next = Math.min(next, rate.nextAt(bucket, tx.now()));
            }
        }
        return next;
    }

    /** Whether a job is READY in a queue that has a token for it. Counts must be flushed. */
    static boolean anyClaimable(Tx tx) throws SQLException {
        if (tx.limits.rates(tx.now()).isEmpty()) {
            return tx.sql.exists(READY_LANES + " LIMIT 1");
        }
        for (long lane : readyLanes(tx)) {
            if (tokens(tx, tx.lanes.name(lane).queue()) > 0) {
                return true;
            }
        }
        return false;
    }

    private static List<Long> readyLanes(Tx tx) throws SQLException {
        return tx.sql.rows(READY_LANES, row -> row.getLong(1));
    }

    /** A queue's rate may be another now: a bucket that was filled under the one before is at most empty from then on. */
    static void changed(Tx tx, String queue) throws SQLException {
        Rate rate = tx.limits.rates(tx.now()).get(queue);
        long bucket = bucket(tx, queue);
        if (rate == null) {
            tx.sql.update("DELETE FROM millrace_bucket WHERE queue = ?", queue);
        } else if (bucket > tx.now()) {
            save(tx, queue, rate.take(bucket, tx.now(), 0));
        }
    }

    private static void save(Tx tx, String queue, long bucket) throws SQLException {
        tx.sql.update("INSERT OR REPLACE INTO millrace_bucket (queue, full_at) VALUES (?, ?)", queue, bucket);
    }

    /** Forgets buckets that are full. */
    static void dropFull(Tx tx) throws SQLException {
        tx.sql.update("DELETE FROM millrace_bucket WHERE full_at <= ?", tx.now());
    }
}
