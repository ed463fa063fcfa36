package dev.millrace.sqlite;

import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which job holds which unique key of its kind. A holder that has ended may keep the key for a window, or until it is deleted: then
 * the row says until when. A row whose time has passed is nobody's, and goes with a sweep or the next who takes the key.
 */
final class Keyring {
    /** Later than any time that is stored: until the job is deleted. */
    private static final long UNTIL_DELETED = Micros.NEVER - 1;

    private Keyring() {}

    static @Nullable UUID holder(Tx tx, String kind, String key) throws SQLException {
        return tx.sql.first(
                "SELECT id FROM millrace_unique WHERE kind = ? AND name = ? AND (until IS NULL OR until > ?)",
                row -> Ids.uuid(row.getBytes(1)),
                kind,
                key,
                tx.now());
    }

    /** The other job that holds a job's key; null when none does. */
    static @Nullable UUID otherHolder(Tx tx, Job job) throws SQLException {
        String key = job.marked(Marks.KEY) ? job.keys(tx).uniqueKey() : null;
        UUID holder = key == null ? null : holder(tx, kind(tx, job), key);
        return job.id.equals(holder) ? null : holder;
    }

    /** A job takes its key from whoever held it. */
    static void take(Tx tx, Job job) throws SQLException {
        String key = job.keys(tx).uniqueKey();
        if (key != null) {
            take(tx, kind(tx, job), key, job.id);
        }
    }

    static void take(Tx tx, String kind, String key, UUID id) throws SQLException {
        tx.sql.update("""
                INSERT INTO millrace_unique (kind, name, id) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET id = excluded.id, until = NULL
                """, kind, key, id);
    }

    /** A job ends: its key is free, at once or after its window; says until when it is held, 0 if there is no such time. */
    static long ended(Tx tx, Job job) throws SQLException {
        Keys.Unique unique = job.keys(tx).unique();
        if (unique == null) {
            return 0;
        }
        if (unique.scope() == Keys.Scope.STORED) {
            hold(tx, job, unique, UNTIL_DELETED);
        } else if (unique.window().isZero()) {
            free(tx, job);
        } else {
            long until = tx.now() + Spans.micros(unique.window());
            return hold(tx, job, unique, until) ? until : 0;
        }
        return 0;
    }

    private static boolean hold(Tx tx, Job job, Keys.Unique unique, long until) throws SQLException {
        return tx.sql.update(
                        "UPDATE millrace_unique SET until = ? WHERE kind = ? AND name = ? AND id = ?",
                        until,
                        kind(tx, job),
                        unique.key(),
                        job.id)
                > 0;
    }

    /** A job that comes from elsewhere takes its key, if it still would hold it and nobody else does. */
    static void adopt(Tx tx, Job job) throws SQLException {
        Keys.Unique unique = job.keys(tx).unique();
        if (unique == null || otherHolder(tx, job) != null) {
            return;
        }
        if (!job.state.finished()) {
            take(tx, job);
            return;
        }
        boolean stored = unique.scope() == Keys.Scope.STORED;
        long until = stored ? UNTIL_DELETED : job.finished + Spans.micros(unique.window());
        if (until > tx.now()) {
            take(tx, job);
            hold(tx, job, unique, until);
        }
    }

    /** A running job's key passes to another, which takes it: this one has none from now on. */
    static void pass(Tx tx, Job job) throws SQLException {
        Specs.changeKeys(tx, job, job.keys(tx).withUnique(null));
        job.marks &= ~Marks.KEY;
        job.save(tx);
    }

    /** A job's key, if it holds it, is free. */
    static void free(Tx tx, Job job) throws SQLException {
        tx.sql.update(
                "DELETE FROM millrace_unique WHERE kind = ? AND name = ? AND id = ?",
                kind(tx, job),
                job.keys(tx).uniqueKey(),
                job.id);
    }

    /** Forgets keys whose windows are over. */
    static void dropOver(Tx tx, int limit) throws SQLException {
        tx.sql.update(
                "DELETE FROM millrace_unique WHERE (kind, name) IN (SELECT kind, name FROM millrace_unique"
                        + " INDEXED BY millrace_unique_until WHERE until IS NOT NULL AND until <= ? LIMIT ?)",
                tx.now(),
                limit);
    }

    private static String kind(Tx tx, Job job) throws SQLException {
        return tx.lanes.name(job.lane).kind();
    }
}
