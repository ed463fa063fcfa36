package dev.millrace.postgres;

import dev.millrace.spi.QueueLimits;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The limits of the queues: notes. Admission reads those that it needs in its own transaction; claims, which must not pay for
 * what nobody has set, go by what this process has read last. It is read anew after this process has written one, after another
 * has (a signal, if somebody listens), and when a beat or a sweep finds that the notes are others.
 */
final class Limits {
    /** Changes with every limit that is set, changed or taken away. */
    static final String FINGERPRINT =
            "(SELECT count(*) || ' ' || coalesce(max(n.revision), 0) FROM @note AS n" + " WHERE n.space = '"
                    + QueueLimits.SPACE + "' AND (n.expires IS NULL OR n.expires > (SELECT now FROM t)))";

    private static final String READ = Sql.AT_TIME + " SELECT " + FINGERPRINT;
    private static final String SOME = """
            SELECT name, value FROM @note WHERE space = ? AND name = ANY (?) AND (expires IS NULL OR expires > ?)
            """;

    private volatile Known known = new Known("", Map.of());
    private volatile boolean doubtful = true;

    /**
     * What was read last.
     *
     * @param rated queues with a rate
     */
    private record Known(String fingerprint, Map<String, QueueLimits> rated) {}

    /** The limits of these queues, as they are now. */
    static Map<String, QueueLimits> of(Tx tx, Collection<String> queues) throws SQLException {
        Map<String, QueueLimits> limits = new HashMap<>();
        tx.sql.rows(
                SOME,
                row -> {
                    QueueLimits read = QueueLimits.decode(row.getBytes(2));
                    if (read != null) {
                        limits.put(Sql.textOrEmpty(row, 1), read);
                    }
                    return true;
                },
                QueueLimits.SPACE,
                queues.stream().distinct().map(Sql::clean).toArray(String[]::new),
                tx.now());
        return limits;
    }

    /** They may have changed. */
    void distrust() {
        doubtful = true;
    }

    /** They are others if this is not what was read. */
    void compare(@Nullable String fingerprint) {
        if (!known.fingerprint.equals(fingerprint)) {
            doubtful = true;
        }
    }

    /** The queues with a rate, and their limits. */
    Map<String, QueueLimits> rated() {
        return known.rated;
    }

    boolean doubtful() {
        return doubtful;
    }

    /** Reads them anew if they are in doubt. */
    void refresh(Sql sql, long moved) throws SQLException {
        if (!doubtful) {
            return;
        }
        doubtful = false;
        try {
            String fingerprint = sql.first(READ, row -> row.getString(1), moved);
            Map<String, QueueLimits> rated = new HashMap<>();
            NotesTable.all(sql, moved, QueueLimits.SPACE).forEach(note -> {
                QueueLimits limits = QueueLimits.decode(note.value());
                if (limits != null && limits.rate() != null) {
                    rated.put(note.key(), limits);
                }
            });
            known = new Known(fingerprint == null ? "" : fingerprint, Map.copyOf(rated));
        } catch (SQLException e) {
            doubtful = true;
            throw e;
        }
    }
}
