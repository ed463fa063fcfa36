package dev.millrace.postgres;

import dev.millrace.postgres.Segment.Due;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Empties a closed segment as a whole, whatever it holds: its rows are counted, and its file is dropped. Readers wait for that
 * one moment; while the rows are counted, only who would run a finished job again or delete one does.
 *
 * <p>A row that is not to go yet (it came late, or from a process that keeps jobs for longer) is moved to the {@link Ring#ROWS}
 * first. Where most of the rows are such, it is not time yet.
 */
final class Emptying {
    private static final Logger LOG = LoggerFactory.getLogger(Emptying.class);
    /** Others wait behind who waits for a lock. */
    private static final int LOCK_MILLIS = 100;
    /** How many rows are moved by one statement. */
    private static final int MOVED = 5_000;

    private final Calls calls;
    private final Segment segment;
    private final Due due;
    private final String table;

    Emptying(Calls calls, Segment segment, Due due) {
        this.calls = calls;
        this.segment = segment;
        this.due = due;
        this.table = "@history_" + segment.number();
    }

    /** The rows of one lane. */
    private record Sum(int lane, long rows, long staying, long rich, long lastFinished) {}

    /** Says how many jobs went: none where it is not time yet, or somebody holds the segment. */
    long run() {
        return calls.unhurried(sql -> {
            List<Sum> sums = sums(sql);
            long stay = sums.stream().mapToLong(Sum::staying).sum();
            if (stay * 2 > sums.stream().mapToLong(Sum::rows).sum()) {
                sql.update("UPDATE @segment SET tries = 0 WHERE segment = ?", segment.number());
                return 0L;
            }
            for (long moved = 0; moved < stay; moved += MOVED) {
                move(sql);
            }
            return empty(sql);
        });
    }

    private List<Sum> sums(Sql sql) throws SQLException {
        return sql.rows(
                "SELECT lane, count(*), count(*) FILTER (WHERE " + due.column()
                        + " > ?), count(*) FILTER (WHERE marks & " + Marks.ASIDE + " <> 0), max(finished) FROM " + table
                        + " GROUP BY lane ORDER BY lane",
                row -> new Sum(row.getInt(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5)),
                due.until());
    }

    /** The server moves a row whole, whatever columns it has, when the one is changed that says where it lies. */
    private void move(Sql sql) throws SQLException {
        sql.update(
                "UPDATE @history SET segment = " + Ring.ROWS + " WHERE segment = " + segment.number()
                        + " AND id = ANY (ARRAY(SELECT id FROM " + table + " WHERE " + due.column()
                        + " > ? LIMIT ? FOR UPDATE SKIP LOCKED))",
                due.until(),
                MOVED);
    }

    /** Nobody writes to the segment from the first lock on, so what is counted is what goes. */
    private long empty(Sql sql) throws SQLException {
        sql.connection().setAutoCommit(false);
        try {
            sql.run("SET LOCAL lock_timeout = " + LOCK_MILLIS);
            sql.run("LOCK TABLE " + table + " IN SHARE ROW EXCLUSIVE MODE");
            List<Sum> sums = sums(sql);
            boolean isClosed = sql.exists(
                    "SELECT 1 FROM @segment WHERE segment = ? AND closed = ? FOR UPDATE",
                    segment.number(),
                    segment.closed());
            if (!isClosed || sums.stream().anyMatch(sum -> sum.staying > 0 || sum.rich > 0)) {
                sql.connection().rollback();
                return 0;
            }
            rememberIds(sql, sums);
            count(sql, sums);
            sql.run("LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE");
            rememberParents(sql);
            sql.run("TRUNCATE " + table);
            sql.update(
                    "UPDATE @segment SET opened = NULL, closed = NULL, tried = NULL, tries = 0 WHERE segment = ?",
                    segment.number());
            sql.connection().commit();
            return sums.stream().mapToLong(Sum::rows).sum();
        } catch (SQLException e) {
            Calls.rollBack(sql.connection(), e);
            if (PostgresErrors.locked(e)) {
                LOG.debug("finished jobs stay a while longer: somebody holds segment {}", segment.number(), e);
                return 0;
            }
            throw e;
        }
    }

    /** An id stays known for an hour after its job's end at least; mostly that has passed long since. */
    private void rememberIds(Sql sql, List<Sum> sums) throws SQLException {
        long now = Objects.requireNonNull(segment.tried());
        if (sums.stream().anyMatch(sum -> sum.lastFinished > now - Moves.HOUR)) {
            sql.update(
                    "INSERT INTO @tombstone (id, until) SELECT id, finished + ? FROM " + table
                            + " WHERE finished > ? ON CONFLICT (id) DO UPDATE SET until = excluded.until, verdict = NULL",
                    Moves.HOUR,
                    now - Moves.HOUR);
        }
    }

    /**
     * For children that have not looked for their parents yet: each has a row in the outbox, and there are few. Nobody reads the segment from here on, and so no transaction is open
     * that has found a parent in it.
     */
    private void rememberParents(Sql sql) throws SQLException {
        sql.update(
                "INSERT INTO @tombstone AS t (id, until) SELECT h.id, ? FROM " + table + " AS h"
                        + " WHERE h.id = ANY (ARRAY(SELECT DISTINCT d.parent FROM @outbox AS o CROSS JOIN LATERAL ("
                        + "SELECT p.parent FROM @dependency AS p"
                        + " WHERE p.child = o.id AND p.verdict IS NULL AND p.wish < 3 OFFSET 0) AS d WHERE o.what = 2))"
                        + " ON CONFLICT (id) DO UPDATE SET until = greatest(t.until, excluded.until)",
                Objects.requireNonNull(segment.tried()) + Moves.HOUR);
    }

    private void count(Sql sql, List<Sum> sums) throws SQLException {
        List<Integer> lanes = new ArrayList<>();
        List<Long> changes = new ArrayList<>();
        for (Sum sum : sums) {
            lanes.add(sum.lane);
            changes.add(-sum.rows);
        }
        sql.update(
                "INSERT INTO @tally (lane, succeeded) SELECT * FROM unnest(?::int[], ?::bigint[])",
                lanes.toArray(Integer[]::new),
                changes.toArray(Long[]::new));
    }
}
