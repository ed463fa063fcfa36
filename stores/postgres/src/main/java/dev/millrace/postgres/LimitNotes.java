package dev.millrace.postgres;

import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import dev.millrace.spi.Store.Signal;
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
            Rate rate = limits == null ? null : limits.rate();
            if (rate == null) {
                forgetBucket(tx, queue);
            } else {
                long most = rate.clamp(Long.MAX_VALUE, tx.now());
                tx.later(
                        "UPDATE @bucket SET full_at = ? WHERE queue = ? AND full_at > ?", most, Sql.clean(queue), most);
            }
        }
        return revision;
    }

    static boolean remove(Tx tx, String queue, long expected) throws SQLException {
        boolean removed = NotesTable.remove(tx.sql, tx.now(), QueueLimits.SPACE, queue, expected);
        if (removed) {
            gone(tx, queue);
        }
        return removed;
    }

    /** A note has expired and is deleted: if it was a queue's limits, that changes them. Says whether it was. */
    static boolean forgotten(Tx tx, String space, String key) {
        if (!space.equals(QueueLimits.SPACE)) {
            return false;
        }
        gone(tx, key);
        return true;
    }

    private static void gone(Tx tx, String queue) {
        changed(tx, queue);
        forgetBucket(tx, queue);
        tx.signal(Signal.CONTROL);
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
