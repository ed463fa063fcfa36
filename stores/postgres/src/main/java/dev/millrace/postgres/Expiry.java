package dev.millrace.postgres;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cancels unclaimed jobs whose expiry has passed. Until then each claim reads those at the head of its lanes anew, so the most
 * of them, which hold nothing in other tables, go by one statement.
 */
final class Expiry {
    private static final String PLAIN = """
            WITH found AS MATERIALIZED (
              SELECT j.id FROM @job AS j
              WHERE j.expires IS NOT NULL AND j.state < 3 AND j.expires <= ? AND j.marks & ? = 0
              ORDER BY j.expires LIMIT ? FOR UPDATE OF j SKIP LOCKED),
            gone AS (DELETE FROM @job AS j WHERE j.id = ANY (ARRAY(SELECT id FROM found)) RETURNING j.*),
            kept AS (
              INSERT INTO @history (id, seq, priority, lane, due, created, token, started, expires, keep_for, failed, attempt,
                snoozes, rescues, marks, state, ended, reason, options, payload, finished, keep_until)
              SELECT g.id, g.seq, g.priority, g.lane, g.due, g.created, g.token, g.started, g.expires, g.keep_for, g.failed,
                g.attempt, g.snoozes, g.rescues, g.marks, 6, g.ended, ?::smallint, g.options, g.payload, ?::bigint,
                ?::bigint + coalesce(g.keep_for, ?)
              FROM gone AS g),
            counted AS (
              INSERT INTO @tally (lane, blocked, scheduled, ready, cancelled)
              SELECT lane, -count(*) FILTER (WHERE state = 0), -count(*) FILTER (WHERE state = 1),
                -count(*) FILTER (WHERE state = 2), count(*)
              FROM gone GROUP BY lane)
            SELECT count(*) FROM gone
            """;
    /** What has to do with other jobs, has steps to be forgotten or is to be cancelled goes one by one. */
    private static final int SLOW = Marks.CANCEL | Marks.STEPS | Marks.TIED | Marks.WAITS;

    private static final @Nullable Integer REASON = Codes.ofNullable(CancelReason.EXPIRED);

    private Expiry() {}

    /**
     * Cancels those that expired first.
     *
     * @param limit the most that are cancelled
     * @param slow the most of them that are loaded and moved one by one
     */
    static int cancel(Tx tx, int limit, int slow) throws SQLException {
        Integer gone = tx.sql.first(
                PLAIN,
                row -> (Integer) row.getInt(1),
                tx.now(),
                SLOW,
                limit,
                REASON,
                tx.now(),
                tx.now(),
                Moves.keepFor(tx.retention(), JobState.CANCELLED));
        int quickly = gone == null ? 0 : gone;
        List<Job> expired = Job.select(
                tx,
                "WHERE j.expires IS NOT NULL AND j.state < 3 AND j.expires <= ? AND j.marks & ? <> 0"
                        + " ORDER BY j.expires LIMIT ?",
                tx.now(),
                SLOW,
                Math.min(slow, limit - quickly));
        for (Job job : expired) {
            Moves.move(tx, job, Transition.EXPIRE);
        }
        if (quickly > 0) {
            tx.signal(Signal.FINISHED);
        }
        return quickly + expired.size();
    }
}
