package dev.millrace.postgres;

import dev.millrace.spi.QueueLimits;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Notes that are limits of a queue: when one changes, the queue's groups are to be looked at. */
final class LimitNotes {
    private static final String CHANGED = "INSERT INTO @outbox (what, name) VALUES (" + Outbox.LIMITS + ", ?)";

    private LimitNotes() {}

    static Optional<Long> put(Tx tx, String queue, byte[] value, long expected, @Nullable Duration timeToLive)
            throws SQLException {
        Optional<Long> revision =
                NotesTable.put(tx.sql, tx.now(), QueueLimits.SPACE, queue, value, expected, timeToLive);
        if (revision.isPresent()) {
            changed(tx, queue);
            QueueLimits limits = QueueLimits.decode(value);
            if (limits == null || limits.rate() == null) {
                forgetBucket(tx, queue);
            }
        }
        return revision;
    }

    static boolean remove(Tx tx, String queue, long expected) throws SQLException {
        boolean removed = NotesTable.remove(tx.sql, tx.now(), QueueLimits.SPACE, queue, expected);
        if (removed) {
            changed(tx, queue);
            forgetBucket(tx, queue);
        }
        return removed;
    }

    /** A queue's limits are others from the end of the transaction on. */
    static void changed(Tx tx, String queue) {
        tx.later(CHANGED, Sql.clean(queue));
        tx.cause();
    }

    private static void forgetBucket(Tx tx, String queue) {
        tx.later("DELETE FROM @bucket WHERE queue = ?", Sql.clean(queue));
    }
}
