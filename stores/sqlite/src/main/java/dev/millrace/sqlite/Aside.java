package dev.millrace.sqlite;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunEnd;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a job's runs leave in the tables beside its row: records, log lines, progress. */
final class Aside {
    /** The line number of the mark that older log lines were dropped; it sorts before all lines. */
    static final int DROPPED_LINE = 0;

    private Aside() {}

    /** Takes in what a run told; the caller saves the job's marks. */
    static void tell(Tx tx, Job job, Report report) throws SQLException {
        job.marks |=
                (report.progress() == null ? 0 : Marks.PROGRESS) | (report.log().isEmpty() ? 0 : Marks.LOG);
        tell(tx, job.seq, report);
    }

    /** The same, for a job whose marks say so already. */
    static void tell(Tx tx, long seq, Report report) throws SQLException {
        Progress progress = report.progress();
        if (progress != null) {
            tx.sql.update(
                    "INSERT OR REPLACE INTO millrace_progress (seq, done, total, message) VALUES (?, ?, ?, ?)",
                    seq,
                    progress.done(),
                    progress.total(),
                    progress.message());
        }
        if (!report.log().isEmpty()) {
            log(tx, seq, report);
        }
    }

    private static void log(Tx tx, long seq, Report report) throws SQLException {
        long line = tx.sql.number("SELECT max(line) FROM millrace_log WHERE seq = ?", seq);
        for (LogLine each : report.log()) {
            tx.sql.update(
                    "INSERT INTO millrace_log (seq, line, at, text) VALUES (?, ?, ?, ?)",
                    seq,
                    ++line,
                    Spans.micros(each.at()),
                    each.text());
        }
        int dropped = tx.sql.update("""
                DELETE FROM millrace_log WHERE seq = ?1 AND line IN (
                  SELECT line FROM (
                    SELECT line, sum(length(text)) OVER (ORDER BY line DESC) AS size, row_number() OVER (ORDER BY line DESC) AS place FROM millrace_log WHERE seq = ?1 AND line > 0
                  ) WHERE size > ?2 OR place > ?3)
                """, seq, Report.MAX_LOG, Report.MAX_LINES);
        if (dropped > 0) {
            tx.sql.update(
                    "INSERT OR REPLACE INTO millrace_log (seq, line, at, text) VALUES (?, ?, 0, '')",
                    seq,
                    DROPPED_LINE);
        }
    }

    /** Keeps a record of the run that ends now; the caller sets how it ended and saves the job. */
    static void record(Tx tx, Job job, RunEnd end, @Nullable Failure failure) throws SQLException {
        record(tx, job.seq, job.token, job.attempt, workerOf(tx, job.session), job.started, tx.now(), end, failure);
        job.marks |= Marks.RUNS;
        if (failure != null) {
            job.failed = job.token;
        }
        tx.sql.update("""
                DELETE FROM millrace_run WHERE seq = ?1 AND token <> ?2 AND token < (
                  SELECT min(token) FROM (
                    SELECT token FROM millrace_run WHERE seq = ?1 AND ended IS NOT NULL ORDER BY token DESC LIMIT ?3))
                """, job.seq, job.failed == null ? -1L : job.failed, JobTrail.MAX_RUNS);
    }

    static void record(
            Tx tx,
            long seq,
            long token,
            int attempt,
            String worker,
            long started,
            long finished,
            @Nullable RunEnd end,
            @Nullable Failure failure)
            throws SQLException {
        tx.sql.update(
                "INSERT OR REPLACE INTO millrace_run (seq, token, attempt, worker, started, finished, ended, type, message, stack)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                seq,
                token,
                attempt,
                worker,
                started,
                finished,
                Codes.ofNullable(end),
                failure == null ? null : failure.type(),
                failure == null ? null : failure.message(),
                failure == null ? null : failure.stack());
    }

    /**
     * Writes the record of the successful run, which is in the job's row as long as the job is SUCCEEDED, before that row is
     * used anew.
     */
    static void keepSuccess(Tx tx, Job job) throws SQLException {
        if (job.state == JobState.SUCCEEDED && job.ended == RunEnd.SUCCEEDED && job.session != null) {
            record(
                    tx,
                    job.seq,
                    job.token,
                    job.attempt,
                    workerOf(tx, job.session),
                    job.started,
                    job.finished,
                    RunEnd.SUCCEEDED,
                    null);
            job.marks |= Marks.RUNS;
        }
    }

    /** Deletes a deleted job's rows beside its own. */
    static void delete(Tx tx, long seq, UUID id, int marks) throws SQLException {
        drop(tx, marks, Marks.PAYLOAD, "DELETE FROM millrace_payload WHERE seq = ?", seq);
        drop(tx, marks, Marks.STEPS, "DELETE FROM millrace_step WHERE seq = ?", seq);
        drop(tx, marks, Marks.LOG, "DELETE FROM millrace_log WHERE seq = ?", seq);
        drop(tx, marks, Marks.PROGRESS, "DELETE FROM millrace_progress WHERE seq = ?", seq);
        drop(tx, marks, Marks.RELATIVE, "DELETE FROM millrace_delay WHERE seq = ?", seq);
        drop(tx, marks, Marks.RUNS, "DELETE FROM millrace_run WHERE seq = ?", seq);
        if ((marks & Marks.TAGS) != 0) {
            byte[] labels =
                    tx.sql.first("SELECT labels FROM millrace_spec WHERE seq = ?", row -> Statements.blob(row, 1), seq);
            if (labels != null) {
                for (String tag : Packed.labels(labels).tags()) {
                    tx.sql.update("DELETE FROM millrace_tag WHERE tag = ? AND id = ?", tag, id);
                }
            }
        }
        drop(tx, marks, Marks.SPEC, "DELETE FROM millrace_spec WHERE seq = ?", seq);
    }

    private static void drop(Tx tx, int marks, int mark, String sql, long seq) throws SQLException {
        if ((marks & mark) != 0) {
            tx.sql.update(sql, seq);
        }
    }

    private static String workerOf(Tx tx, @Nullable Long session) throws SQLException {
        return tx.sql.text("SELECT worker FROM millrace_session WHERE sid = ?", session);
    }
}
