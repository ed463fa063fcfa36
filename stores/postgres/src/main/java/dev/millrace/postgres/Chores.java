package dev.millrace.postgres;

import dev.millrace.spi.QueueLimits;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

/**
 * What a sweep has to do, found by one look, so that a worker without work costs the server next to nothing. What comes of ends of
 * jobs and of the passing of time alone (retention, forgotten ids and notes) is seen to after an end that this process heard of,
 * and every five minutes otherwise.
 *
 * @param now the store's time, in microseconds
 * @param folding whether many changes of the statistics wait
 * @param promoting whether a job is due
 * @param rescuing whether a session is silent, or holds something though it is closed or unknown; or it is not known when the
 *     last sweep was
 * @param expiring whether an unclaimed job has expired
 * @param delivering whether something is to be done for other jobs, or limits that have expired are to be taken away
 * @param limits what the limits of queues are like
 */
record Chores(
        long now,
        boolean folding,
        boolean promoting,
        boolean rescuing,
        boolean expiring,
        boolean delivering,
        String limits) {
    private static final long EVERY = Duration.ofMinutes(5).toMillis() * 1_000;
    /** So many changes of the statistics may wait: who reads them adds them up. */
    private static final int UNFOLDED = 500;

    /** Sessions that hold something are found by jumps through their index, and that there was a sweep is noted now and then. */
    private static final String LOOK = Sql.AT_TIME.replace("WITH t", "WITH RECURSIVE t")
            + """
            , p AS MATERIALIZED (SELECT ?::bigint AS lease),
            held AS (
              (SELECT session FROM @job WHERE state = 3 AND session IS NOT NULL ORDER BY session LIMIT 1)
              UNION ALL
              SELECT (SELECT j.session FROM @job AS j WHERE j.state = 3 AND j.session > held.session ORDER BY j.session LIMIT 1)
              FROM held WHERE held.session IS NOT NULL),
            noted AS (
              UPDATE @meta AS m SET value = t.now FROM t WHERE m.ctid = ANY (ARRAY(
                SELECT o.ctid FROM @meta AS o, t AS u, p WHERE o.name = 'last_sweep' AND o.value <= u.now - p.lease / 3
                  AND o.value >= u.now - p.lease FOR UPDATE OF o SKIP LOCKED)))
            SELECT t.now,
              EXISTS (SELECT 1 FROM @tally OFFSET UNFOLDED),
              EXISTS (SELECT 1 FROM @job WHERE state = 1 AND due <= t.now),
              EXISTS (SELECT 1 FROM @session WHERE closed IS NULL AND heard < t.now - p.lease)
                OR NOT EXISTS (SELECT 1 FROM @meta WHERE name = 'last_sweep' AND value >= t.now - p.lease)
                OR EXISTS (SELECT 1 FROM held WHERE held.session IS NOT NULL
                  AND NOT EXISTS (SELECT 1 FROM @session AS s WHERE s.id = held.session AND s.closed IS NULL))
                OR EXISTS (SELECT 1 FROM @job WHERE state = 3 AND session IS NULL),
              EXISTS (SELECT 1 FROM @job WHERE expires IS NOT NULL AND state < 3 AND expires <= t.now),
              FLOW OR EXISTS (SELECT 1 FROM @note WHERE expires IS NOT NULL AND expires <= t.now AND space = 'SPACE'), LIMITS
            FROM t, p
            """.replace("UNFOLDED", Integer.toString(UNFOLDED))
                    .replace("FLOW", Flow.ANY)
                    .replace("SPACE", QueueLimits.SPACE)
                    .replace("LIMITS", Limits.FINGERPRINT);

    static Chores look(Sql sql, long moved, long lease) throws SQLException {
        Chores[] chores = new Chores[1];
        new Pipeline()
                .add(
                        LOOK,
                        row -> {
                            chores[0] = new Chores(
                                    row.getLong(1),
                                    row.getBoolean(2),
                                    row.getBoolean(3),
                                    row.getBoolean(4),
                                    row.getBoolean(5),
                                    row.getBoolean(6),
                                    Sql.textOrEmpty(row, 7));
                            return Map.of();
                        },
                        moved,
                        lease)
                .run(sql);
        return chores[0];
    }

    /** Whether there is none of what cannot wait. */
    boolean none() {
        return !folding && !promoting && !rescuing && !expiring && !delivering;
    }

    /** Whether what can wait has waited for long, or the clock was set back. */
    boolean overdue(long lastAll) {
        return now - lastAll >= EVERY || now < lastAll;
    }
}
