package dev.millrace.postgres;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Checks the books against the jobs: each query finds what should not be. Reads everything. */
final class Verifier {
    private static final String SUMS =
            "SELECT lane, state, n FROM (SELECT * FROM @total UNION ALL SELECT * FROM @tally) AS c"
                    + " CROSS JOIN LATERAL (VALUES (0, blocked), (1, scheduled), (2, ready), (3, running), (4, succeeded), (5, failed),"
                    + " (6, cancelled)) AS v (state, n)";
    private static final String ALL_IDS =
            "(SELECT id, marks, state FROM @job UNION ALL SELECT id, marks, state FROM @history)";
    private static final Map<String, String> CHECKS = new LinkedHashMap<>();

    static {
        CHECKS.put("lane, state, recount and statistics disagree: %s", """
                SELECT lane || ', ' || state || ', ' || sum(real) || ', ' || sum(kept) FROM (
                  SELECT lane, state, 1 AS real, 0 AS kept FROM @job
                  UNION ALL SELECT lane, state, 1, 0 FROM @history
                  UNION ALL SELECT lane, state, 0, n FROM (SUMS) AS s) AS c
                GROUP BY lane, state HAVING sum(real) <> sum(kept)
                """.replace("SUMS", SUMS));
        CHECKS.put(
                "job %s is among the unfinished and among the finished",
                "SELECT id FROM @job JOIN @history USING (id)");
        CHECKS.put(
                "job %s is in two segments of the history", "SELECT id FROM @history GROUP BY id HAVING count(*) > 1");
        CHECKS.put(
                "job %s lies in a segment of the history that goes as a whole, and does not belong there",
                "SELECT h.id FROM @history AS h WHERE h.segment <> " + Ring.ROWS
                        + " AND (h.keep_for IS NOT NULL OR h.marks & "
                        + (Marks.MEMBER | Marks.KEPT) + " <> 0 OR h.state <> " + Codes.of(Ring.STATE) + ")");
        CHECKS.put(
                "%s segments of the history are open, not one or none",
                "SELECT n FROM (SELECT count(*) AS n FROM @segment WHERE opened IS NOT NULL AND closed IS NULL) AS s"
                        + " WHERE n > 1");
        CHECKS.put("job %s is unfinished and deleted", "SELECT j.id FROM @job AS j JOIN @tombstone USING (id)");
        CHECKS.put(
                "job %s is in a state that does not belong where it lies",
                "SELECT id FROM @job WHERE state > 3 UNION ALL SELECT id FROM @history WHERE state < 4");
        CHECKS.put(
                "job %s is RUNNING, and no session of its own is known",
                "SELECT j.id FROM @job AS j WHERE j.state = 3 AND NOT EXISTS (SELECT 1 FROM @session AS s WHERE s.id = j.session)");
        CHECKS.put(
                "job %s is not RUNNING, and a session has it",
                "SELECT id FROM @job WHERE state <> 3 AND session IS NOT NULL");
        CHECKS.put(
                "job %s is of no known queue and kind",
                "SELECT id FROM @job WHERE lane NOT IN (SELECT lane FROM @lane)"
                        + " UNION ALL SELECT id FROM @history WHERE lane NOT IN (SELECT lane FROM @lane)");
        CHECKS.put(
                "job %s is CANCELLED without a reason, or the other way round",
                "SELECT id FROM @history WHERE (state = 6) <> (reason IS NOT NULL)");
        CHECKS.put(
                "unique key %s is held by no unfinished job, and by none that keeps it",
                "SELECT u.kind || '/' || u.name FROM @holder AS u WHERE NOT EXISTS ("
                        + "SELECT 1 FROM @job AS j WHERE j.id = u.id AND u.until IS NULL AND j.marks & " + Marks.KEY
                        + " <> 0) AND NOT EXISTS (SELECT 1 FROM @history AS h WHERE h.id = u.id AND u.until IS NOT NULL"
                        + " AND h.marks & " + Marks.KEPT + " <> 0)");
        CHECKS.put(
                "unfinished job %s has a unique key that nobody holds",
                "SELECT j.id FROM @job AS j JOIN @lane AS l ON l.lane = j.lane JOIN @spec AS s ON s.id = j.id"
                        + " WHERE j.marks & " + Marks.KEY + " <> 0 AND s.unique_key IS NOT NULL AND NOT EXISTS ("
                        + "SELECT 1 FROM @holder AS h WHERE h.kind = l.kind AND h.name = s.unique_key)");
        CHECKS.put(
                "job %s lacks its payload",
                "SELECT j.id FROM (SELECT id, marks, payload FROM @job UNION ALL SELECT id, marks, payload FROM @history) AS j"
                        + " WHERE (j.marks & " + Marks.PAYLOAD + " <> 0) <> (j.payload IS NULL)"
                        + " OR (j.marks & " + Marks.PAYLOAD
                        + " <> 0 AND NOT EXISTS (SELECT 1 FROM @payload AS p WHERE p.id = j.id))");
        CHECKS.putAll(FlowChecks.ALL);
        aside("@tag", Marks.TAGS);
        aside("@payload", Marks.PAYLOAD);
        aside("@spec", Marks.SPEC);
        aside("@step", Marks.STEPS);
        aside("@log", Marks.LOG);
        aside("@progress", Marks.PROGRESS);
        aside("@run", Marks.RUNS);
    }

    private Verifier() {}

    private static void aside(String table, int mark) {
        CHECKS.put(
                "table " + table.substring(1) + " has rows of a job that does not know of them: %s",
                "SELECT DISTINCT a.id FROM " + table + " AS a WHERE NOT EXISTS (SELECT 1 FROM " + ALL_IDS
                        + " AS j WHERE j.id = a.id AND j.marks & " + mark + " <> 0)");
    }

    static List<String> verify(Sql sql, long moved) throws SQLException {
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, String> check : CHECKS.entrySet()) {
            sql.rows(check.getValue(), row -> problems.add(String.format(check.getKey(), row.getString(1))));
        }
        problems.addAll(FlowChecks.openGates(sql, moved));
        return problems;
    }
}
