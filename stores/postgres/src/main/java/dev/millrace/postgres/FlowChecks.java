package dev.millrace.postgres;

import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import dev.millrace.spi.QueueLimits;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What must hold between jobs and the tables of flow control: each query finds what should not be. What somebody is still to be
 * told of, by a row of the outbox, is not wrong yet.
 */
final class FlowChecks {
    static final Map<String, String> ALL = new LinkedHashMap<>();

    /** Groups with jobs at their gates that nobody is to look at again: the first of them, and how many hold a slot. */
    private static final String AT_GATES = """
            SELECT w.id, w.queue, w.name, w.key, (
              SELECT count(*) FROM @slot AS h WHERE h."group" = w."group" AND h.stage IN (1, 3))
            FROM (
              SELECT DISTINCT ON (s."group") s."group", s.id, s.queue, s.name, s.key FROM @slot AS s WHERE s.stage = 0
              ORDER BY s."group", s.priority DESC, s.due, s.seq) AS w
            WHERE NOT EXISTS (SELECT 1 FROM @outbox AS o WHERE o.what = 1 AND o.id = w."group")
              AND NOT EXISTS (SELECT 1 FROM @outbox AS o WHERE o.what = 4 AND o.name = w.queue)
              AND NOT EXISTS (SELECT 1 FROM @group AS g WHERE g."group" = w."group" AND g.next_at IS NOT NULL)
            """;

    private static final String JOBS =
            "(SELECT id, marks, state FROM @job UNION ALL SELECT id, marks, state FROM @history)";

    static {
        dependencies();
        members();
        slots();
    }

    private FlowChecks() {}

    private static void put(String problem, String query) {
        ALL.put(
                problem,
                query.replace("GROUP_MARK", Integer.toString(Marks.GROUP))
                        .replace("PARENTS", Integer.toString(Marks.PARENTS))
                        .replace("HEAD", Integer.toString(Marks.HEAD))
                        .replace("WAITS", Integer.toString(Marks.WAITS))
                        .replace("STRICT", Integer.toString(Marks.STRICT))
                        .replace("HOLDS", Integer.toString(Marks.HOLDS))
                        .replace("DEPENDENTS", Integer.toString(Marks.DEPENDENTS))
                        .replace("MEMBER", Integer.toString(Marks.MEMBER))
                        .replace("JOBS", JOBS)
                        .replace("NEVER", Long.toString(Micros.NEVER)));
    }

    private static void dependencies() {
        put("a dependency is of job %s, which there is not, or which does not know of it", """
                SELECT d.child FROM @dependency AS d
                WHERE NOT EXISTS (SELECT 1 FROM JOBS AS j WHERE j.id = d.child AND j.marks & PARENTS <> 0)
                  AND NOT EXISTS (SELECT 1 FROM @outbox AS o WHERE o.what = 3 AND o.id = d.child)""");
        put("job %s has not heard how its parent ended", """
                SELECT d.child FROM @dependency AS d
                WHERE d.verdict IS NULL AND NOT EXISTS (SELECT 1 FROM @job AS p WHERE p.id = d.parent)
                  AND NOT EXISTS (SELECT 1 FROM @outbox AS o WHERE o.what IN (0, 2, 3) AND o.id IN (d.parent, d.child))""");
        put("job %s has heard of the end of a parent that has not ended", """
                SELECT d.child FROM @dependency AS d JOIN @job AS p ON p.id = d.parent
                WHERE d.verdict IS NOT NULL AND NOT EXISTS (SELECT 1 FROM @outbox AS o WHERE o.what = 0 AND o.id = d.parent)""");
        put("job %s is waited for, and would not tell of its end", """
                SELECT p.id FROM @dependency AS d JOIN @job AS p ON p.id = d.parent
                WHERE p.marks & DEPENDENTS = 0 AND NOT EXISTS (SELECT 1 FROM @outbox AS o WHERE o.what = 2 AND o.id = d.child)""");
        put("job %s has ended wishes, and waits", """
                SELECT d.child FROM @dependency AS d WHERE d.verdict IS NOT NULL AND d.waits""");
        put("job %s is BLOCKED by parents, and waits for none", """
                SELECT j.id FROM @job AS j
                WHERE j.state = 0 AND j.marks & WAITS <> 0 AND NOT EXISTS (
                  SELECT 1 FROM @dependency AS d WHERE d.child = j.id AND d.waits)
                  AND NOT EXISTS (SELECT 1 FROM @outbox AS o WHERE o.what IN (0, 2))""");
        put("job %s is not BLOCKED, and marked as waiting for parents", """
                SELECT j.id FROM JOBS AS j WHERE j.state <> 0 AND j.marks & WAITS <> 0""");
    }

    private static void members() {
        put("job %s has ended and never goes, though its workflow has ended", """
                SELECT h.id FROM @history AS h
                WHERE h.keep_until = NEVER AND h.marks & MEMBER <> 0 AND NOT EXISTS (
                  SELECT 1 FROM @dependency AS d JOIN @job AS j ON j.id = d.child WHERE d.parent = h.id AND d.wish = 3)
                  AND NOT EXISTS (SELECT 1 FROM @outbox AS o WHERE o.what IN (0, 3))""");
        put("job %s stands for a workflow and is neither BLOCKED nor ended", """
                SELECT j.id FROM @job AS j WHERE j.marks & HEAD <> 0 AND j.state <> 0""");
    }

    private static void slots() {
        put("job %s is due at another time than its slot says", """
                SELECT j.id FROM @job AS j JOIN @slot AS s ON s.id = j.id WHERE j.state = 1 AND s.due <> j.due""");
        put("job %s has a group, and its slot is not as its state", """
                SELECT j.id FROM @job AS j LEFT JOIN @slot AS s ON s.id = j.id
                WHERE j.marks & GROUP_MARK <> 0 AND s.stage IS DISTINCT FROM
                  CASE j.state WHEN 0 THEN CASE WHEN j.marks & WAITS = 0 THEN 0 ELSE 4 END
                    WHEN 1 THEN CASE WHEN j.marks & HOLDS = 0 THEN 2 ELSE 3 END ELSE 1 END""");
        put("job %s holds a slot in a state that has none, or the other way round", """
                SELECT j.id FROM @job AS j
                WHERE j.marks & GROUP_MARK <> 0 AND (j.marks & HOLDS <> 0) <> (j.state IN (2, 3))
                  AND NOT (j.state = 1 AND j.marks & STRICT <> 0)""");
        put("there is a slot of job %s, which has no group or has ended", """
                SELECT s.id FROM @slot AS s WHERE NOT EXISTS (
                  SELECT 1 FROM @job AS j WHERE j.id = s.id AND j.marks & GROUP_MARK <> 0)""");
        put("job %s is BLOCKED without a gate", """
                SELECT j.id FROM @job AS j WHERE j.state = 0 AND j.marks & (WAITS | GROUP_MARK) = 0""");
    }

    /** Jobs at the gate of a group that has a free place. */
    static List<String> openGates(Sql sql, long moved) throws SQLException {
        record Gate(UUID first, String queue, Keys.Group keys, long held) {}
        List<Gate> gates = sql.rows(
                AT_GATES,
                row -> new Gate(
                        Sql.uuid(row, 1),
                        Sql.textOrEmpty(row, 2),
                        new Keys.Group(Sql.textOrEmpty(row, 3), Sql.textOrEmpty(row, 4), false),
                        row.getLong(5)));
        if (gates.isEmpty()) {
            return List.of();
        }
        Map<String, QueueLimits> limits = new HashMap<>();
        NotesTable.all(sql, moved, QueueLimits.SPACE).forEach(note -> {
            QueueLimits read = QueueLimits.decode(note.value());
            limits.put(note.key(), read == null ? QueueLimits.NONE : read);
        });
        return gates.stream()
                .filter(gate -> gate.held
                        < limits.getOrDefault(gate.queue, QueueLimits.NONE).slots(gate.keys))
                .map(gate -> "job " + gate.first + " is BLOCKED by a group that has a free place")
                .toList();
    }
}
