package dev.millrace.postgres;

import dev.millrace.spi.Retention;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A segment of the {@link Ring}, as a sweep finds it.
 *
 * @param opened when it began to take rows, in microseconds; null while it is free
 * @param closed when it ceased to; null while it takes them
 * @param tried when it was last tried to be emptied; null when it was not
 * @param truncatable whether the user has the right to empty it as a whole
 * @param rows how many it has, {@value #MANY} at most
 * @param about how many it has, by its size
 */
record Segment(
        int number,
        @Nullable Long opened,
        @Nullable Long closed,
        @Nullable Long tried,
        boolean truncatable,
        int rows,
        long about) {
    /** A segment with fewer rows is emptied row by row, each at its time. */
    static final int MANY = 1_000;

    /** The first rows tell how many a page has. Nothing else of the segment is read. */
    private static final String ALL = """
            SELECT s.segment, s.opened, s.closed, s.tried, has_table_privilege(p.name, 'TRUNCATE'), n.some,
              CASE WHEN n.some < MANY THEN n.some
                ELSE n.some * pg_relation_size(p.name) / current_setting('block_size')::bigint / (n.last - n.first + 1) END
            FROM @segment AS s
            CROSS JOIN LATERAL (SELECT to_regclass('@history_' || s.segment) AS name OFFSET 0) AS p
            CROSS JOIN LATERAL (
              SELECT count(*) AS some, min((h.place::text::point)[0])::bigint AS first, max((h.place::text::point)[0])::bigint AS last
              FROM (SELECT o.ctid AS place FROM @history AS o WHERE o.segment = s.segment LIMIT MANY) AS h) AS n
            ORDER BY s.opened NULLS LAST, s.segment
            """.replace("MANY", Integer.toString(MANY));

    /** All of the ring, the oldest first, the free ones last. */
    static List<Segment> all(Sql sql) throws SQLException {
        return sql.rows(
                ALL,
                row -> new Segment(
                        row.getInt(1),
                        Sql.longOrNull(row, 2),
                        Sql.longOrNull(row, 3),
                        Sql.longOrNull(row, 4),
                        row.getBoolean(5),
                        row.getInt(6),
                        row.getLong(7)));
    }

    /**
     * Which of its rows are to go with it.
     *
     * @param column by what that is told: those go that have this there, or less
     */
    record Due(String column, long until) {
        /** Those whose time has come. */
        static Due at(long now) {
            return new Due("keep_until", now);
        }
    }

    /** By their time, or, where a closed segment goes before its time for the most that are kept, by their age. */
    Due due(Retention retention, long now) {
        long close = Objects.requireNonNull(closed);
        return close + Moves.keepFor(retention, Ring.STATE) <= now ? Due.at(now) : new Due("finished", close);
    }

    /** The same, once it is tried to empty it. */
    Segment tried(long now) {
        return new Segment(number, opened, closed, now, truncatable, rows, about);
    }

    boolean open() {
        return opened != null && closed == null;
    }

    /** Whether its rows are so many that they go together, once it is closed and its time has come. */
    boolean whole() {
        return rows >= MANY && truncatable;
    }
}
