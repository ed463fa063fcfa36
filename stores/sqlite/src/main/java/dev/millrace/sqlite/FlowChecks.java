package dev.millrace.sqlite;

import java.util.Map;

/** What {@link Verifier} checks of dependencies, workflows, groups and the outbox. All of it holds once quiet. */
final class FlowChecks {
    private FlowChecks() {}

    static void addTo(Map<String, String> checks) {
        dependencies(checks);
        groups(checks);
        checks.put(
                "the outbox has work that was due: %s",
                "SELECT work || ' ' || quote(target) FROM millrace_outbox WHERE work <> 3 OR target NOT IN (SELECT gid FROM millrace_group)");
    }

    private static void dependencies(Map<String, String> checks) {
        checks.put(
                "a dependency is of no job: child %s",
                "SELECT DISTINCT hex(child) FROM millrace_parent WHERE child NOT IN (SELECT id FROM millrace_job WHERE marks & 2048 <> 0)");
        checks.put(
                "job %s has dependents and does not know of them",
                "SELECT hex(j.id) FROM millrace_job AS j WHERE j.marks & 4096 = 0 AND j.id IN (SELECT parent FROM millrace_parent)");
        checks.put("what child and parent say of the parent's end differs: %s", """
                SELECT hex(p.child) || ' ' || hex(p.parent) FROM millrace_parent AS p
                LEFT JOIN millrace_job AS j ON j.id = p.parent WHERE (p.verdict IS NULL) <> (coalesce(j.state, 4) < 4)
                """);
        checks.put("job %s is BLOCKED by parents and waits for none", """
                SELECT hex(j.id) FROM millrace_job AS j WHERE j.marks & 8192 <> 0 AND (j.state <> 0 OR NOT EXISTS (
                  SELECT 1 FROM millrace_parent AS p WHERE p.child = j.id AND p.verdict IS NULL))
                """);
        checks.put("job %s is BLOCKED by parents and can never run", """
                SELECT hex(j.id) FROM millrace_job AS j WHERE j.marks & 8192 <> 0 AND EXISTS (
                  SELECT 1 FROM millrace_parent AS p WHERE p.child = j.id AND p.wish = 0 AND p.verdict > 0)
                """);
        checks.put("job %s has ended and is kept for a workflow that is not unfinished", """
                SELECT hex(j.id) FROM millrace_job AS j WHERE j.state > 3 AND j.keep_until IS NULL AND NOT EXISTS (
                  SELECT 1 FROM millrace_parent AS p JOIN millrace_job AS h ON h.id = p.child
                  WHERE p.parent = j.id AND h.marks & 32768 <> 0 AND h.state < 4)
                """);
    }

    private static void groups(Map<String, String> checks) {
        checks.put("queue, group, its holders and their count disagree: %s", """
                SELECT queue || ', ' || name || ', ' || key || ', ' || sum(real) || ', ' || sum(kept) FROM (
                  SELECT l.queue, coalesce(s.keys ->> '$.group.name', 'serial') AS name, s.group_key AS key, count(*) AS real, 0 AS kept
                  FROM millrace_job AS j JOIN millrace_lane AS l ON l.lane = j.lane JOIN millrace_spec AS s ON s.seq = j.seq
                  WHERE j.marks & 1024 <> 0 GROUP BY 1, 2, 3
                  UNION ALL SELECT queue, name, key, 0, held FROM millrace_group)
                GROUP BY queue, name, key HAVING sum(real) <> sum(kept)
                """);
        checks.put(
                "job %s holds a slot, or should, and its state says otherwise",
                "SELECT hex(id) FROM millrace_job WHERE marks & 512 <> 0 AND state <> 1 AND (marks & 1024 <> 0) <> (state BETWEEN 2 AND 3)");
        checks.put("job %s is BLOCKED by its group, and its place there is not as its row says", """
                SELECT hex(id) FROM millrace_job WHERE state = 0 AND marks & 8192 = 0 AND seq NOT IN (
                  SELECT w.seq FROM millrace_waiting AS w JOIN millrace_job AS j ON j.seq = w.seq
                  JOIN millrace_group AS g ON g.gid = w.gid JOIN millrace_lane AS l ON l.lane = j.lane
                  WHERE w.rank = -j.priority AND w.due = j.due AND g.queue = l.queue)
                """);
        checks.put(
                "a place before a group's gate is of no job that is BLOCKED by it: row %s",
                "SELECT seq FROM millrace_waiting WHERE seq NOT IN (SELECT seq FROM millrace_job WHERE state = 0 AND marks & 8192 = 0)");
        checks.put(
                "the same job stands twice before gates of groups: row %s",
                "SELECT seq FROM millrace_waiting GROUP BY seq HAVING count(*) > 1");
    }
}
