package dev.millrace.sqlite;

import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which unfinished job holds which unique key of its kind. */
final class Keyring {
    private Keyring() {}

    static @Nullable UUID holder(Tx tx, String kind, String key) throws SQLException {
        return tx.sql.first(
                "SELECT id FROM millrace_unique WHERE kind = ? AND name = ?",
                row -> Ids.uuid(row.getBytes(1)),
                kind,
                key);
    }

    static void take(Tx tx, Job job) throws SQLException {
        take(tx, tx.lanes.name(job.lane).kind(), keyOf(tx, job), job.id);
    }

    static void take(Tx tx, String kind, String key, UUID id) throws SQLException {
        tx.sql.update(
                "INSERT INTO millrace_unique (kind, name, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", kind, key, id);
    }

    static void free(Tx tx, Job job) throws SQLException {
        tx.sql.update(
                "DELETE FROM millrace_unique WHERE kind = ? AND name = ? AND id = ?",
                tx.lanes.name(job.lane).kind(),
                keyOf(tx, job),
                job.id);
    }

    static String keyOf(Tx tx, Job job) throws SQLException {
        return tx.sql.text("SELECT unique_key FROM millrace_spec WHERE seq = ?", job.seq);
    }
}
