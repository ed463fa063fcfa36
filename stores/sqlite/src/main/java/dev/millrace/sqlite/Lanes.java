package dev.millrace.sqlite;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The numbers that stand for a queue and a kind. A lane is never deleted or renamed, so what was read once stays true; only a
 * lane made in a transaction that was rolled back must be forgotten.
 */
final class Lanes {
    private final Statements sql;
    private final Map<Name, Long> numbers = new HashMap<>();
    private final Map<Long, Name> names = new HashMap<>();

    /** A queue and a kind. */
    record Name(String queue, String kind) {}

    Lanes(Statements sql) {
        this.sql = sql;
    }

    /** The lane's number; it is made if it does not exist. */
    long number(String queue, String kind) throws SQLException {
        Name name = new Name(queue, kind);
        Long known = numbers.get(name);
        if (known != null) {
            return known;
        }
        sql.update("INSERT INTO millrace_lane (queue, kind) VALUES (?, ?) ON CONFLICT DO NOTHING", queue, kind);
        long number = sql.number("SELECT lane FROM millrace_lane WHERE queue = ? AND kind = ?", queue, kind);
        numbers.put(name, number);
        names.put(number, name);
        return number;
    }

    Name name(long lane) throws SQLException {
        Name known = names.get(lane);
        if (known == null) {
            known = sql.first(
                    "SELECT queue, kind FROM millrace_lane WHERE lane = ?",
                    row -> new Name(Statements.textOrEmpty(row, 1), Statements.textOrEmpty(row, 2)),
                    lane);
            names.put(lane, Objects.requireNonNull(known, "a job's lane"));
        }
        return known;
    }

    /** The lanes of a queue, of a kind, of both, or all. */
    List<Long> matching(@Nullable String queue, @Nullable String kind) throws SQLException {
        List<Long> lanes = new ArrayList<>();
        sql.rows(
                "SELECT lane FROM millrace_lane WHERE (?1 IS NULL OR queue = ?1) AND (?2 IS NULL OR kind = ?2)",
                row -> lanes.add(row.getLong(1)),
                queue,
                kind);
        return lanes;
    }

    void forget() {
        numbers.clear();
        names.clear();
    }
}
