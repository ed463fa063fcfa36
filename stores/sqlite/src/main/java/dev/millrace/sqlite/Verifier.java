package dev.millrace.sqlite;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Checks the books against the jobs: each query finds what should not be. Reads everything. */
final class Verifier {
    private static final Map<String, String> CHECKS = new LinkedHashMap<>();

    static {
        CHECKS.put(
                "SQLite itself finds damage: %s",
                "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'");
        CHECKS.put("lane, state, recount and statistics disagree: %s", """
                SELECT lane || ', ' || state || ', ' || sum(real) || ', ' || sum(kept) FROM (
                  SELECT lane, state, count(*) AS real, 0 AS kept FROM millrace_job GROUP BY lane, state
                  UNION ALL SELECT 0, state, -count(*), 0 FROM millrace_job WHERE state > 3 AND keep_until IS NULL GROUP BY state
                  UNION ALL SELECT lane, state, 0, n FROM millrace_count)
                GROUP BY lane, state HAVING sum(real) <> sum(kept)
                """);
        CHECKS.put(
                "job %s is RUNNING, and no session of its own is known",
                "SELECT hex(id) FROM millrace_job WHERE state = 3"
                        + " AND (session IS NULL OR session NOT IN (SELECT sid FROM millrace_session))");
        CHECKS.put(
                "job %s is of no known queue and kind",
                "SELECT hex(id) FROM millrace_job WHERE lane NOT IN (SELECT lane FROM millrace_lane)");
        CHECKS.put(
                "job %s has ended without a time of its end or of its deletion, or the other way round",
                "SELECT hex(id) FROM millrace_job WHERE (state > 3) <> (finished IS NOT NULL)"
                        + " OR (state > 3) <> (keep_until IS NOT NULL OR state > 3 AND marks & 16384 <> 0)"
                        + " OR (state = 6) <> (reason IS NOT NULL)");
        CHECKS.put(
                "unique key %s is held by no unfinished job, nor for a time by one that has ended",
                "SELECT u.kind || '/' || u.name FROM millrace_unique AS u WHERE NOT EXISTS (SELECT 1 FROM millrace_job AS j"
                        + " WHERE j.id = u.id AND (j.state < 4) = (u.until IS NULL) AND j.marks & 8 <> 0)");
        CHECKS.put(
                "tag %s is of no job",
                "SELECT tag || ' ' || hex(id) FROM millrace_tag WHERE id NOT IN (SELECT id FROM millrace_job WHERE marks & 16 <> 0)");
        CHECKS.put(
                "job %s lacks its payload",
                "SELECT hex(id) FROM millrace_job WHERE (marks & 2 <> 0) <> (payload IS NULL)"
                        + " OR (marks & 2 <> 0 AND seq NOT IN (SELECT seq FROM millrace_payload))");
        aside("millrace_payload", Marks.PAYLOAD);
        aside("millrace_spec", Marks.SPEC);
        aside("millrace_step", Marks.STEPS);
        aside("millrace_log", Marks.LOG);
        aside("millrace_progress", Marks.PROGRESS);
        aside("millrace_run", Marks.RUNS);
        aside("millrace_delay", Marks.RELATIVE);
        FlowChecks.addTo(CHECKS);
    }

    private Verifier() {}

    private static void aside(String table, int mark) {
        CHECKS.put(
                table + " has rows of no job that knows of them: row %s",
                "SELECT DISTINCT seq FROM " + table + " WHERE seq NOT IN (SELECT seq FROM millrace_job WHERE marks & "
                        + mark + " <> 0)");
    }

    static List<String> verify(Statements sql) throws SQLException {
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, String> check : CHECKS.entrySet()) {
            sql.rows(check.getValue(), row -> problems.add(String.format(check.getKey(), row.getString(1))));
        }
        return problems;
    }
}
