package dev.millrace.postgres;

import dev.millrace.JobState;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns the {@link Ring}s: closes the open segment when it has been open for its part of the time that its jobs are kept, or
 * holds its part of the most that are kept, and opens the next. Where none is free, it stays open.
 *
 * <p>Whoever ends a job looks for the open segment in the statement that writes the row, and takes no lock on it. So a row may
 * come into a segment that was closed meanwhile, or even emptied. It is found there as anywhere, and {@link Emptying} looks
 * for such.
 */
final class Segments {
    /** How long it is not tried again to empty a segment, in microseconds: a try that fails makes others wait for a moment. */
    private static final long PAUSE = 60_000_000;

    private Segments() {}

    /** The open segment of each state that has a ring. */
    static Map<JobState, Integer> open(Sql sql) throws SQLException {
        Map<JobState, Integer> open = new EnumMap<>(JobState.class);
        sql.rows(
                "SELECT state, segment FROM @segment WHERE opened IS NOT NULL AND closed IS NULL",
                row -> open.put(Codes.state(row.getInt(1)), row.getInt(2)));
        return open;
    }

    /** Turns a ring as far as it is time, and takes on the segment that is to be emptied, if there is one. */
    static @Nullable Segment turn(Tx tx, Ring ring) throws SQLException {
        List<Segment> segments = Segment.all(tx.sql, ring);
        for (Segment segment : segments) {
            if (segment.open() && isFull(tx, ring, segment)) {
                next(tx, segment, segments);
            } else if (segment.closed() != null && segment.rows() == 0) {
                tx.sql.update(
                        "UPDATE @segment SET opened = NULL, closed = NULL, tried = NULL, tries = 0 WHERE segment = ?",
                        segment.number());
            }
        }
        Segment due = due(tx, ring, segments);
        if (due == null || due.tried() != null && due.tried() <= tx.now() && tx.now() < due.tried() + PAUSE) {
            return null;
        }
        tx.sql.update(
                "UPDATE @segment SET tried = ?, tries = tries + 1 WHERE segment = ?", tx.now(), due.number());
        return due;
    }

    private static boolean isFull(Tx tx, Ring ring, Segment segment) {
        return segment.whole()
                && segment.opened() != null
                && (tx.now() - segment.opened() >= Moves.keepFor(tx.retention(), ring.state()) / ring.parts()
                        || segment.about() >= tx.retention().most() / ring.parts());
    }

    private static void next(Tx tx, Segment open, List<Segment> segments) throws SQLException {
        for (Segment next : segments) {
            if (next.free()) {
                tx.sql.update("UPDATE @segment SET closed = ? WHERE segment = ?", tx.now(), open.number());
                tx.sql.update("UPDATE @segment SET opened = ? WHERE segment = ?", tx.now(), next.number());
                return;
            }
        }
    }

    private static @Nullable Segment due(Tx tx, Ring ring, List<Segment> segments) throws SQLException {
        long keep = Moves.keepFor(tx.retention(), ring.state());
        for (Segment segment : segments) {
            if (segment.closed() != null && segment.whole() && segment.closed() + keep <= tx.now()) {
                return segment;
            }
        }
        return aboveMost(segments, Looks.count(tx.sql, ring.state()), tx.retention().most());
    }

    /**
     * The oldest segment, where it is one to go as a whole because more jobs are kept than the most, and at least half of the most
     * will be left; null where not.
     */
    static @Nullable Segment aboveMost(List<Segment> segments, long kept, long most) {
        for (Segment segment : segments) {
            if (segment.rows() > 0) {
                boolean goes = segment.closed() != null
                        && segment.whole()
                        && kept > most
                        && kept - segment.about() >= most / 2;
                return goes ? segment : null;
            }
        }
        return null;
    }
}
