package dev.millrace.postgres;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunEnd;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a job's runs leave in the tables beside its row: records, log lines, progress. */
final class Aside {
    /** The line number of the mark that older log lines were dropped; it sorts before all lines. */
    static final long DROPPED_LINE = 0;

    private static final String LOG = """
            INSERT INTO @log (id, at, text)
            SELECT ?::uuid, n.at, n.text FROM unnest(?::bigint[], ?::text[]) WITH ORDINALITY AS n (at, text, place) ORDER BY n.place
            """;
    private static final String TRIM_LOG = """
            WITH dropped AS (
              DELETE FROM @log AS l USING (
                SELECT line, sum(length(text)) OVER newest AS size, row_number() OVER newest AS place
                FROM @log WHERE id = ?1 AND line > 0 WINDOW newest AS (ORDER BY line DESC)) AS n
              WHERE l.id = ?1 AND l.line = n.line AND (n.size > ?2 OR n.place > ?3)
              RETURNING l.id)
            INSERT INTO @log (id, line, at, text) SELECT DISTINCT id, 0, 0, '' FROM dropped ON CONFLICT DO NOTHING
            """.replace("?1", "?::uuid")
            .replace("?2", Integer.toString(Report.MAX_LOG))
            .replace("?3", Integer.toString(Report.MAX_LINES));
    private static final String RECORD = """
            INSERT INTO @run (id, token, attempt, worker, started, finished, ended, type, message, stack)
            VALUES (?, ?, ?, ?, ?, ?, ?::smallint, ?::text, ?::text, ?::text)
            ON CONFLICT (id, token) DO UPDATE SET attempt = excluded.attempt, worker = excluded.worker,
              started = excluded.started, finished = excluded.finished, ended = excluded.ended, type = excluded.type,
              message = excluded.message, stack = excluded.stack
            """;
    private static final String TRIM_RUNS =
            "DELETE FROM @run WHERE id = ? AND token <> ? AND token < (SELECT min(token) FROM ("
                    + "SELECT token FROM @run WHERE id = ? AND ended IS NOT NULL ORDER BY token DESC LIMIT "
                    + JobTrail.MAX_RUNS
                    + ") AS latest)";

    private Aside() {}

    /** Takes in what a run told; the caller saves the job's marks. */
    static void tell(Tx tx, Job job, Report report) {
        tell(tx, job.id, report);
        job.marks |=
                (report.progress() == null ? 0 : Marks.PROGRESS) | (report.log().isEmpty() ? 0 : Marks.LOG);
    }

    static void tell(Tx tx, UUID id, Report report) {
        Progress progress = report.progress();
        if (progress != null) {
            tx.later(
                    "INSERT INTO @progress (id, done, total, message) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                            + " done = excluded.done, total = excluded.total, message = excluded.message",
                    id,
                    progress.done(),
                    progress.total(),
                    Sql.clean(progress.message()));
        }
        if (!report.log().isEmpty()) {
            log(tx, id, report.log());
        }
    }

    private static void log(Tx tx, UUID id, List<LogLine> lines) {
        Long[] times = lines.stream().map(line -> Spans.micros(line.at())).toArray(Long[]::new);
        String[] texts = lines.stream().map(line -> Sql.clean(line.text())).toArray(String[]::new);
        tx.later(LOG, id, times, texts);
        tx.later(TRIM_LOG, id, id);
    }

    /** Keeps a record of the run that ends now; the caller sets how it ended and saves the job. */
    static void record(Tx tx, Job job, RunEnd end, @Nullable Failure failure) {
        record(tx, job.id, job.token, job.attempt, workerOf(job), job.started, tx.now(), end, failure);
        job.marks |= Marks.RUNS;
        if (failure != null) {
            job.failed = job.token;
        }
        if (job.token > JobTrail.MAX_RUNS) {
            tx.later(TRIM_RUNS, job.id, job.failed == null ? -1L : job.failed, job.id);
        }
    }

    static void record(
            Tx tx,
            UUID id,
            long token,
            int attempt,
            String worker,
            long started,
            long finished,
            @Nullable RunEnd end,
            @Nullable Failure failure) {
        tx.later(
                RECORD,
                id,
                token,
                attempt,
                worker,
                started,
                finished,
                Codes.ofNullable(end),
                failure == null ? null : Sql.clean(failure.type()),
                failure == null ? null : Sql.clean(failure.message()),
                failure == null ? null : Sql.clean(failure.stack()));
    }

    /** Writes the record of the successful run, which is in the job's row as long as it is SUCCEEDED, before it is used anew. */
    static void keepSuccess(Tx tx, Job job) {
        if (job.state == JobState.SUCCEEDED && job.ended == RunEnd.SUCCEEDED && job.worker != null) {
            record(tx, job.id, job.token, job.attempt, job.worker, job.started, job.finished, RunEnd.SUCCEEDED, null);
            job.marks |= Marks.RUNS;
        }
    }

    /** Deletes a deleted job's rows beside its own. */
    static void delete(Tx tx, UUID id, int marks) {
        drop(tx, marks, Marks.PAYLOAD, "DELETE FROM @payload WHERE id = ?", id);
        drop(tx, marks, Marks.STEPS, "DELETE FROM @step WHERE id = ?", id);
        drop(tx, marks, Marks.LOG, "DELETE FROM @log WHERE id = ?", id);
        drop(tx, marks, Marks.PROGRESS, "DELETE FROM @progress WHERE id = ?", id);
        drop(tx, marks, Marks.RUNS, "DELETE FROM @run WHERE id = ?", id);
        drop(
                tx,
                marks,
                Marks.TAGS,
                "DELETE FROM @tag AS t USING (SELECT id, tags FROM @spec WHERE id = ?) AS s"
                        + " WHERE t.id = s.id AND t.tag = ANY (s.tags)",
                id);
        drop(tx, marks, Marks.SPEC, "DELETE FROM @spec WHERE id = ?", id);
    }

    private static void drop(Tx tx, int marks, int mark, String sql, UUID id) {
        if ((marks & mark) != 0) {
            tx.last(sql, id);
        }
    }

    static String workerOf(Job job) {
        return job.worker == null ? "" : job.worker;
    }
}
