package dev.millrace.sqlite;

import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Ids of jobs that were deleted less than an hour ago. What is deleted is mostly old and what comes in is mostly new, so an id
 * (UUIDv7, which grow with time) above all of the deleted ones needs no look.
 */
final class Tombstones {
    private final Tx tx;
    private final @Nullable UUID newest;

    Tombstones(Tx tx) throws SQLException {
        this.tx = tx;
        this.newest = tx.sql.first(
                "SELECT id FROM millrace_tombstone ORDER BY id DESC LIMIT 1", row -> Ids.uuid(row.getBytes(1)));
    }

    boolean hold(UUID id) throws SQLException {
        return newest != null
                && Ids.compare(id, newest) <= 0
                && tx.sql.exists("SELECT 1 FROM millrace_tombstone WHERE id = ? AND until > ?", id, tx.now());
    }
}
