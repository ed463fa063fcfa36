package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.postgres.Segment.Due;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Verdict;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Deletes finished jobs that were kept long enough, and the oldest above the most that are kept.
 *
 * <p>One by one, as soon as its time has come, goes what lies among the {@link Ring#ROWS}, what has rows in other tables, and
 * all of a segment that has few rows. What is left, which is the many plain jobs, goes by whole segments.
 */
final class Purge {
    private static final String DELETE = """
            gone AS (DELETE FROM @history AS h WHERE h.segment IN (SEGMENTS) AND h.id = ANY (ARRAY(SELECT id FROM old))
              RETURNING h.id, h.lane, h.marks, h.reason),
            burned AS (BURN)
            SELECT id, lane, marks FROM gone
            """;
    private static final String BURN =
            "INSERT INTO @tombstone (id, until) SELECT id, ? FROM gone ON CONFLICT (id) DO UPDATE SET until = excluded.until, verdict = NULL";
    /** How it had ended, of one that had not succeeded. */
    private static final String BURN_WITH_VERDICT = """
            INSERT INTO @tombstone (id, until, verdict) SELECT id, ?, VERDICT FROM gone
              ON CONFLICT (id) DO UPDATE SET until = excluded.until, verdict = excluded.verdict""";

    private static final String PAST = """
            WITH old AS MATERIALIZED (
              SELECT id FROM @history WHERE segment IN (SEGMENTS) AND CONDITION AND COLUMN <= ?
              ORDER BY keep_until LIMIT ? FOR UPDATE SKIP LOCKED),
            """ + DELETE;
    private static final String OLDEST = """
            WITH first AS MATERIALIZED (
              SELECT id FROM (
                (SELECT id, keep_until FROM @history WHERE segment = ROWS AND state = STATE AND keep_until < NEVER ORDER BY keep_until LIMIT ?)
                UNION (SELECT id, keep_until FROM @history WHERE segment = LAST AND state = STATE ORDER BY keep_until LIMIT ?)) AS mixed
              ORDER BY keep_until LIMIT ?),
            old AS MATERIALIZED (
              SELECT h.id FROM @history AS h WHERE h.segment IN (SEGMENTS) AND h.id = ANY (ARRAY(SELECT id FROM first))
              FOR UPDATE SKIP LOCKED),
            """ + DELETE;
    private static final String RICH = "marks & " + Marks.ASIDE + " <> 0";
    private static final String FAILED = Integer.toString(Codes.of(Verdict.FAILED));
    private static final List<JobState> STATES = List.of(JobState.SUCCEEDED, JobState.CANCELLED, JobState.FAILED);

    private final Calls calls;

    Purge(Calls calls) {
        this.calls = calls;
    }

    /** Deletes rows, this many at most. */
    int one(int limit) {
        int purged = 0;
        for (JobState state : STATES) {
            int room = limit - purged;
            if (room > 0) {
                purged += calls.transact(tx -> one(tx, state, room));
            }
        }
        return purged;
    }

    private static int one(Tx tx, JobState state, int limit) throws SQLException {
        Due now = Due.at(tx.now());
        int gone = past(tx, state, Integer.toString(Ring.ROWS), "state = " + Codes.of(state), now, limit);
        List<Segment> segments = state == Ring.STATE ? Segment.all(tx.sql) : List.of();
        if (state == Ring.STATE) {
            gone += past(tx, state, Ring.list(), RICH, now, limit - gone);
        }
        for (Segment segment : segments) {
            if (segment.rows() > 0 && !segment.whole()) {
                gone += past(tx, state, Integer.toString(segment.number()), "true", now, limit - gone);
            }
        }
        if (state != JobState.FAILED && gone < limit && alone(tx)) {
            tx.flush();
            gone += aboveMost(tx, state, segments, limit - gone);
        }
        return gone;
    }

    /** Where the oldest segment is about to go as a whole, nothing goes one by one. */
    private static int aboveMost(Tx tx, JobState state, List<Segment> segments, int limit) throws SQLException {
        long most = tx.retention().most();
        long kept = Members.countOthers(tx.sql, state, most);
        if (kept <= most || Segments.aboveMost(segments, kept, most) != null) {
            return 0;
        }
        int wanted = (int) Math.min(kept - most, limit);
        int gone = 0;
        for (Segment segment : segments) {
            gone += oldest(tx, state, segment.number(), wanted - gone);
        }
        return state == Ring.STATE ? gone : oldest(tx, state, Ring.ROWS, wanted);
    }

    /** Whether no other sweep is deleting above the most at this moment: two would delete twice as much. */
    static boolean alone(Tx tx) throws SQLException {
        return tx.sql.exists(
                "SELECT 1 WHERE pg_try_advisory_xact_lock(hashtext('millrace.purge'), hashtext(?))",
                tx.sql.names().once("@history"));
    }

    private static int past(Tx tx, JobState state, String segments, String condition, Due due, int limit)
            throws SQLException {
        String text = PAST.replace("SEGMENTS", segments)
                .replace("CONDITION", condition)
                .replace("COLUMN", due.column());
        return limit <= 0 ? 0 : delete(tx, state, text, due.until(), limit, tx.now() + Moves.HOUR);
    }

    /** The oldest of those that always go one by one, and of a segment's. */
    private static int oldest(Tx tx, JobState state, int segment, int limit) throws SQLException {
        String text = OLDEST.replace("SEGMENTS", segment == Ring.ROWS ? "" + Ring.ROWS : Ring.ROWS + ", " + segment)
                .replace("NEVER", Long.toString(Micros.NEVER))
                .replace("STATE", Integer.toString(Codes.of(state)))
                .replace("ROWS", Integer.toString(Ring.ROWS))
                .replace("LAST", Integer.toString(segment));
        return limit <= 0 ? 0 : delete(tx, state, text, limit, limit, limit, tx.now() + Moves.HOUR);
    }

    private static int delete(Tx tx, JobState state, String text, @Nullable Object... values) throws SQLException {
        List<UUID> gone = new ArrayList<>();
        String burn = state == JobState.SUCCEEDED
                ? BURN
                : BURN_WITH_VERDICT.replace("VERDICT", state == JobState.FAILED ? FAILED : Codes.VERDICT_OF_REASON);
        tx.sql.rows(
                text.replace("BURN", burn),
                row -> {
                    UUID id = Sql.uuid(row, 1);
                    gone.add(id);
                    tx.count(row.getInt(2), state, -1);
                    Moves.forget(tx, id, row.getInt(2), row.getInt(3));
                    return true;
                },
                values);
        return gone.size();
    }

    /**
     * Closes the open segment in time, and empties the one whose time has come; says how many jobs went.
     *
     * @param limit of rows that go one by one before their segment, since they have rows in other tables
     */
    int whole(int limit) {
        Optional<Segment> due = calls.transact(tx -> alone(tx) ? Segments.turn(tx) : Optional.empty());
        return due.isEmpty() ? 0 : empty(due.get(), limit);
    }

    private int empty(Segment segment, int limit) {
        String number = Integer.toString(segment.number());
        Due due = segment.due(calls.retention(), Objects.requireNonNull(segment.tried()));
        int rich = calls.transact(tx -> {
            int gone = past(tx, Ring.STATE, number, RICH, due, limit);
            if (gone == limit) {
                Segments.goOn(tx, segment);
            }
            return gone;
        });
        long whole = rich < limit ? new Emptying(calls, segment, due).run() : 0;
        return (int) Math.min(rich + whole, Integer.MAX_VALUE);
    }
}
