package dev.millrace.postgres;

import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Notes. Revisions come from one sequence that only grows, so a deleted note's revision never returns. Writers of one note take
 * turns, by a lock of their transaction: a revision drawn before the wait for another's row would be smaller than what that
 * one, deleted meanwhile, had.
 */
final class NotesTable {
    private static final String READ = Sql.AT_TIME + """
            SELECT n.space, n.name, n.value, n.revision FROM t, @note AS n
            WHERE n.space = ? AND (n.expires IS NULL OR n.expires > t.now)
            """;
    private static final String IN_TURN = Sql.AT_TIME + """
            , turn AS MATERIALIZED (
              SELECT pg_advisory_xact_lock(hashtextextended(?::text || '/' || ?::text, '@note'::regclass::oid::bigint))
            )
            """;
    private static final String CREATE = IN_TURN + """
            INSERT INTO @note AS n (space, name, value, revision, expires)
            SELECT ?::text, ?::text, ?::bytea, nextval('@revision'), t.now + ?::bigint FROM t, turn
            ON CONFLICT (space, name) DO UPDATE SET value = excluded.value, revision = excluded.revision, expires = excluded.expires
            WHERE n.expires <= (SELECT now FROM t)
            RETURNING revision
            """;
    private static final String REPLACE = IN_TURN + """
            UPDATE @note AS n SET value = ?::bytea, revision = nextval('@revision'), expires = t.now + ?::bigint FROM t, turn
            WHERE n.space = ? AND n.name = ? AND n.revision = ? AND (n.expires IS NULL OR n.expires > t.now)
            RETURNING n.revision
            """;
    private static final String REMOVE = Sql.AT_TIME + """
            DELETE FROM @note AS n USING t
            WHERE n.space = ? AND n.name = ? AND n.revision = ? AND (n.expires IS NULL OR n.expires > t.now)
            """;

    private NotesTable() {}

    static Optional<Note> find(Sql sql, long moved, String space, String key) throws SQLException {
        return Optional.ofNullable(
                sql.first(READ + " AND n.name = ?", NotesTable::read, moved, Sql.clean(space), Sql.clean(key)));
    }

    static List<Note> all(Sql sql, long moved, String space) throws SQLException {
        return sql.rows(READ, NotesTable::read, moved, Sql.clean(space)).stream()
                .sorted(Comparator.comparing(Note::key))
                .toList();
    }

    static Optional<Long> put(
            Sql sql, long moved, String space, String key, byte[] value, long expected, @Nullable Duration timeToLive)
            throws SQLException {
        Long lives = timeToLive == null ? null : (Long) Spans.micros(timeToLive);
        String cleanSpace = Sql.clean(space);
        String cleanKey = Sql.clean(key);
        return Optional.ofNullable(
                expected == Notes.ABSENT
                        ? sql.first(
                                CREATE,
                                row -> row.getLong(1),
                                moved,
                                cleanSpace,
                                cleanKey,
                                cleanSpace,
                                cleanKey,
                                value,
                                lives)
                        : sql.first(
                                REPLACE,
                                row -> row.getLong(1),
                                moved,
                                cleanSpace,
                                cleanKey,
                                value,
                                lives,
                                cleanSpace,
                                cleanKey,
                                expected));
    }

    static boolean remove(Sql sql, long moved, String space, String key, long expected) throws SQLException {
        return sql.update(REMOVE, moved, Sql.clean(space), Sql.clean(key), expected) > 0;
    }

    /**
     * Lets revisions go on above this one. They are set far above it, since others may draw some at this moment: no revision
     * must be given out twice.
     */
    static void above(Tx tx, long revision) throws SQLException {
        tx.sql.rows(
                "SELECT setval('@revision', ?) FROM @revision AS s WHERE s.last_value < ?",
                row -> true,
                revision + 1_000_000,
                revision);
    }

    /** Stores a note that comes from elsewhere, unless there is one. */
    static boolean take(Tx tx, Note note, @Nullable Duration timeToLive) throws SQLException {
        return put(tx.sql, tx.now(), note.space(), note.key(), note.value(), Notes.ABSENT, timeToLive)
                .isPresent();
    }

    static Note read(ResultSet row) throws SQLException {
        return new Note(Sql.textOrEmpty(row, 1), Sql.textOrEmpty(row, 2), row.getBytes(3), row.getLong(4));
    }
}
