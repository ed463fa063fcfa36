package dev.millrace.sqlite;

import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Store.Signal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Notes. Revisions come from one counter that only grows, so a deleted note's revision never returns. */
final class NotesTable {
    private NotesTable() {}

    static Optional<Note> find(Statements sql, String space, String key, long now) throws SQLException {
        return Optional.ofNullable(sql.first(
                "SELECT space, name, value, revision FROM millrace_note"
                        + " WHERE space = ? AND name = ? AND (expires IS NULL OR expires > ?)",
                NotesTable::read,
                space,
                key,
                now));
    }

    static List<Note> all(Statements sql, String space, long now) throws SQLException {
        return sql.rows(
                "SELECT space, name, value, revision FROM millrace_note"
                        + " WHERE space = ? AND (expires IS NULL OR expires > ?) ORDER BY name",
                NotesTable::read,
                space,
                now);
    }

    static Optional<Long> put(
            Tx tx, String space, String key, byte[] value, long expected, @Nullable Duration timeToLive)
            throws SQLException {
        if (revision(tx, space, key) != expected) {
            return Optional.empty();
        }
        long revision = tx.sql.number("""
                INSERT INTO millrace_meta (name, value) VALUES ('revision', 1)
                ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value
                """);
        Long expires = timeToLive == null ? null : (Long) (tx.now() + Spans.micros(timeToLive));
        tx.sql.update(
                "INSERT OR REPLACE INTO millrace_note (space, name, value, revision, expires) VALUES (?, ?, ?, ?, ?)",
                space,
                key,
                value,
                revision,
                expires);
        changed(tx, space, key);
        return Optional.of(revision);
    }

    static boolean remove(Tx tx, String space, String key, long expected) throws SQLException {
        if (expected == Notes.ABSENT || revision(tx, space, key) != expected) {
            return false;
        }
        tx.sql.update("DELETE FROM millrace_note WHERE space = ? AND name = ?", space, key);
        changed(tx, space, key);
        return true;
    }

    /** Deletes notes whose time has passed. */
    static void dropExpired(Tx tx) throws SQLException {
        List<String[]> gone = tx.sql.rows(
                "DELETE FROM millrace_note WHERE expires IS NOT NULL AND expires <= ? RETURNING space, name",
                row -> new String[] {Statements.textOrEmpty(row, 1), Statements.textOrEmpty(row, 2)},
                tx.now());
        for (String[] note : gone) {
            if (note[0].equals(QueueLimits.SPACE)) {
                changed(tx, note[0], note[1]);
            }
        }
    }

    /** A note is another now: if it holds limits, the groups that they let pass are looked at. */
    private static void changed(Tx tx, String space, String key) throws SQLException {
        tx.signal(Signal.CONTROL);
        if (space.equals(QueueLimits.SPACE)) {
            tx.limits.forget();
            tx.outbox.reopen(key);
            QueueRates.changed(tx, key);
        }
    }

    /** Stores a note that comes from elsewhere, unless there is one; revisions go on above its own. */
    static boolean take(Tx tx, Note note, @Nullable Duration timeToLive) throws SQLException {
        if (revision(tx, note.space(), note.key()) != Notes.ABSENT) {
            return false;
        }
        tx.sql.update("""
                INSERT INTO millrace_meta (name, value) VALUES ('revision', ?1)
                ON CONFLICT DO UPDATE SET value = max(value, ?1)
                """, note.revision());
        put(tx, note.space(), note.key(), note.value(), Notes.ABSENT, timeToLive);
        return true;
    }

    private static long revision(Tx tx, String space, String key) throws SQLException {
        return find(tx.sql, space, key, tx.now()).map(Note::revision).orElse(Notes.ABSENT);
    }

    static Note read(ResultSet row) throws SQLException {
        return new Note(
                Statements.textOrEmpty(row, 1),
                Statements.textOrEmpty(row, 2),
                Statements.blob(row, 3),
                row.getLong(4));
    }
}
