package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Looks at single jobs and at the statistics. */
final class Looks {
    static final String DROPPED = "(older lines were dropped)";

    private Looks() {}

    static List<JobRecord> get(Statements sql, Collection<UUID> ids) throws SQLException {
        return new ArrayList<>(Records.read(sql, seqs(sql, ids)).values());
    }

    /** The rows of those of the ids that exist, in no particular order. */
    static List<Long> seqs(Statements sql, Collection<UUID> ids) throws SQLException {
        if (ids.isEmpty()) {
            return List.of();
        }
        return sql.rows(
                "SELECT seq FROM millrace_job WHERE id IN (SELECT unhex(value) FROM json_each(?))",
                row -> row.getLong(1),
                Ids.json(ids));
    }

    static JobTrail trail(Statements sql, UUID id) throws SQLException {
        Long seq = sql.longOrNull("SELECT seq FROM millrace_job WHERE id = ?", id);
        return seq == null ? JobTrail.EMPTY : new JobTrail(runs(sql, seq), log(sql, seq), Records.steps(sql, seq));
    }

    private static List<RunRecord> runs(Statements sql, long seq) throws SQLException {
        List<RunRecord> runs = new ArrayList<>();
        RunRecord success = sql.first("""
                SELECT j.token, j.attempt, s.worker, j.started, j.finished
                FROM millrace_job AS j LEFT JOIN millrace_session AS s ON s.sid = j.session
                WHERE j.seq = ? AND j.state = 4 AND j.ended = 0 AND j.session IS NOT NULL
                """, row -> run(row, RunEnd.SUCCEEDED), seq);
        if (success != null) {
            runs.add(success);
        }
        sql.rows("""
                SELECT token, attempt, worker, started, finished, ended, type, message, stack FROM millrace_run
                WHERE seq = ? AND ended IS NOT NULL ORDER BY token DESC LIMIT ?
                """, row -> runs.add(run(row, Codes.end(row.getInt(6)))), seq, JobTrail.MAX_RUNS - runs.size());
        Collections.reverse(runs);
        return runs;
    }

    /** The record in nine columns. */
    static RunRecord run(ResultSet row, RunEnd end) throws SQLException {
        return new RunRecord(
                row.getLong(1),
                row.getInt(2),
                Statements.textOrEmpty(row, 3),
                Micros.instant(row.getLong(4)),
                Micros.instant(row.getLong(5)),
                end,
                end == RunEnd.SUCCEEDED ? null : Records.failure(row, 7));
    }

    private static List<LogLine> log(Statements sql, long seq) throws SQLException {
        List<LogLine> log = new ArrayList<>(sql.rows(
                "SELECT at, text FROM millrace_log WHERE seq = ? AND line > 0 ORDER BY line",
                row -> new LogLine(Micros.instant(row.getLong(1)), Statements.textOrEmpty(row, 2)),
                seq));
        boolean dropped = sql.exists("SELECT 1 FROM millrace_log WHERE seq = ? AND line = ?", seq, Aside.DROPPED_LINE);
        if (dropped && !log.isEmpty()) {
            log.add(0, new LogLine(log.get(0).at(), DROPPED));
        }
        return log;
    }

    static List<JobCount> counts(Statements sql) throws SQLException {
        return sql.rows("""
                SELECT l.queue, l.kind, c.state, c.n, c.lane FROM millrace_count AS c CROSS JOIN millrace_lane AS l ON l.lane = c.lane
                WHERE c.n > 0 ORDER BY l.queue, l.kind, c.state
                """, row -> {
            JobState state = Codes.state(row.getInt(3));
            return new JobCount(
                    Statements.textOrEmpty(row, 1),
                    Statements.textOrEmpty(row, 2),
                    state,
                    row.getLong(4),
                    state == JobState.READY ? oldest(sql, row.getLong(5)) : null);
        });
    }

    /** When the READY job of a lane that waits longest became due: looks at the head of each priority only. */
    private static @Nullable Instant oldest(Statements sql, long lane) throws SQLException {
        Long ready = oldest(sql, lane, "millrace_job_ready", "rescues = 0");
        Long struck = oldest(sql, lane, "millrace_job_struck", "rescues > 0");
        long oldest = Math.min(ready == null ? Micros.NEVER : ready, struck == null ? Micros.NEVER : struck);
        return Micros.orNull(oldest);
    }

    private static @Nullable Long oldest(Statements sql, long lane, String index, String range) throws SQLException {
        return sql.longOrNull("""
                WITH RECURSIVE head (priority, due) AS (
                  SELECT * FROM (SELECT priority, due FROM millrace_job INDEXED BY NAMED
                    WHERE state = 2 AND RANGE AND lane = ?1 ORDER BY priority DESC, due LIMIT 1)
                  UNION ALL
                  SELECT (SELECT priority FROM millrace_job INDEXED BY NAMED
                      WHERE state = 2 AND RANGE AND lane = ?1 AND priority < head.priority ORDER BY priority DESC LIMIT 1),
                    (SELECT due FROM millrace_job INDEXED BY NAMED
                      WHERE state = 2 AND RANGE AND lane = ?1 AND priority < head.priority ORDER BY priority DESC, due LIMIT 1)
                  FROM head WHERE head.priority IS NOT NULL)
                SELECT min(due) FROM head
                """.replace("NAMED", index).replace("RANGE", range), lane);
    }
}
