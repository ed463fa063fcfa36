package dev.millrace.postgres;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns the {@link Ring}: closes the open segment when it has been open for its part of the time that its jobs are kept, or
 * holds its part of the most that are kept, and opens the next. Where none is free, it stays open. Where the user may not
 * truncate, none is: what ends then lies among the {@link Ring#ROWS}, which have an index for going one by one.
 *
 * <p>Whoever ends a job looks for the open segment in the statement that writes the row, and takes no lock on it. So a row may
 * come into a segment that was closed meanwhile, or even emptied. It is found there as anywhere, and {@link Emptying} looks
 * for such.
 */
final class Segments {
    /** How long it is not tried again to empty a segment, in microseconds: a try that fails makes others wait for a moment. */
    private static final long PAUSE = 60_000_000;

    private Segments() {}

    /** The number of the open segment. */
    static int open(Sql sql) throws SQLException {
        Integer open = sql.first("SELECT " + Ring.OPEN, row -> (Integer) row.getInt(1));
        return open == null ? Ring.ROWS : open;
    }

    /** Turns the ring as far as it is time, and takes on the segment that is to be emptied, if there is one. */
    static Optional<Segment> turn(Tx tx) throws SQLException {
        List<Segment> segments = Segment.all(tx.sql);
        Segment open = null;
        for (Segment segment : segments) {
            if (segment.open()) {
                open = segment;
            } else if (segment.closed() != null && segment.rows() == 0) {
                tx.sql.update(
                        "UPDATE @segment SET opened = NULL, closed = NULL, tried = NULL, tries = 0 WHERE segment = ?",
                        segment.number());
            }
        }
        if (open == null || !open.truncatable() || isFull(tx, open)) {
            next(tx, open, segments);
        }
        Segment due = due(tx, segments);
        if (due == null || triedLately(due, tx.now())) {
            return Optional.empty();
        }
        tx.sql.update("UPDATE @segment SET tried = ?, tries = tries + 1 WHERE segment = ?", tx.now(), due.number());
        return Optional.of(due.tried(tx.now()));
    }

    /** Lets the next sweep go on with a segment that this one has done a part of. */
    static void goOn(Tx tx, Segment segment) throws SQLException {
        tx.sql.update("UPDATE @segment SET tried = NULL, tries = 0 WHERE segment = ?", segment.number());
    }

    private static boolean isFull(Tx tx, Segment segment) {
        if (segment.opened() == null || !segment.whole()) {
            return false;
        }
        return tx.now() - segment.opened() >= Moves.keepFor(tx.retention(), Ring.STATE) / Ring.PARTS
                || segment.about() >= tx.retention().most() / Ring.PARTS;
    }

    private static void next(Tx tx, @Nullable Segment open, List<Segment> segments) throws SQLException {
        Optional<Segment> next = segments.stream()
                .filter(segment -> segment.opened() == null && segment.truncatable())
                .findFirst();
        if (open != null && (next.isPresent() || !open.truncatable())) {
            tx.sql.update("UPDATE @segment SET closed = ? WHERE segment = ?", tx.now(), open.number());
        }
        if (next.isPresent()) {
            tx.sql.update(
                    "UPDATE @segment SET opened = ? WHERE segment = ?",
                    tx.now(),
                    next.get().number());
        }
    }

    private static @Nullable Segment due(Tx tx, List<Segment> segments) throws SQLException {
        long keep = Moves.keepFor(tx.retention(), Ring.STATE);
        for (Segment segment : segments) {
            if (segment.closed() != null && segment.whole() && segment.closed() + keep <= tx.now()) {
                return segment;
            }
        }
        long most = tx.retention().most();
        return aboveMost(segments, Members.countOthers(tx.sql, Ring.STATE, most), most);
    }

    /** A time in the future is that of a clock that was set back. */
    private static boolean triedLately(Segment segment, long now) {
        return segment.tried() != null && segment.tried() <= now && now < segment.tried() + PAUSE;
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
