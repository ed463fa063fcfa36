package dev.millrace.sqlite;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * How many jobs of each lane are in each state: maintained, one statement per lane and state that a transaction touched,
 * however many jobs it moved.
 */
final class Counts {
    /** Where jobs are counted that have ended and are kept for their workflow ({@link Job#countHeld}). */
    static final long NO_LANE = 0;

    private final Statements sql;
    private final Map<Cell, Long> changes = new HashMap<>();

    private record Cell(long lane, int state) {}

    Counts(Statements sql) {
        this.sql = sql;
    }

    void add(long lane, int state, long change) {
        changes.merge(new Cell(lane, state), change, Long::sum);
    }

    void flush() throws SQLException {
        if (changes.isEmpty()) {
            return;
        }
        PreparedStatement upsert = sql.prepare(
                "INSERT INTO millrace_count (state, lane, n) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n");
        for (Map.Entry<Cell, Long> change : changes.entrySet()) {
            if (change.getValue() != 0) {
                upsert.setInt(1, change.getKey().state);
                upsert.setLong(2, change.getKey().lane);
                upsert.setLong(3, change.getValue());
                upsert.executeUpdate();
            }
        }
        changes.clear();
    }

    void forget() {
        changes.clear();
    }
}
