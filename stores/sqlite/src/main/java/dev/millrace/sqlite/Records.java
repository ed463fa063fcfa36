package dev.millrace.sqlite;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jobs as the store's callers know them, read whole: with all that lies beside their rows. */
final class Records {
    private static final String READ = """
            SELECT j.seq, j.id, l.kind, l.queue, j.priority, coalesce(j.payload, p.payload), j.options, j.marks, j.keep_for,
              s.labels, s.keys, s.unique_key, s.group_key,
              j.state, j.reason, j.token, j.attempt, j.snoozes, j.rescues,
              (SELECT id FROM millrace_session WHERE sid = j.session AND j.state = 3),
              j.created, j.due, j.expires, j.started, j.finished, j.keep_until,
              j.result, r.type, r.message, r.stack, g.done, g.total, g.message, d.delay
            FROM millrace_job AS j
            JOIN millrace_lane AS l ON l.lane = j.lane
            LEFT JOIN millrace_payload AS p ON j.marks & 2 <> 0 AND p.seq = j.seq
            LEFT JOIN millrace_spec AS s ON j.marks & 4 <> 0 AND s.seq = j.seq
            LEFT JOIN millrace_run AS r ON j.failed IS NOT NULL AND r.seq = j.seq AND r.token = j.failed
            LEFT JOIN millrace_progress AS g ON j.marks & 128 <> 0 AND g.seq = j.seq
            LEFT JOIN millrace_delay AS d ON j.marks & 65536 <> 0 AND d.seq = j.seq
            WHERE j.seq IN (SELECT value FROM json_each(?))
            """;

    private Records() {}

    /** The jobs of these rows, by row. */
    static Map<Long, JobRecord> read(Statements sql, List<Long> seqs) throws SQLException {
        Map<Long, JobRecord> records = new HashMap<>();
        sql.rows(READ, row -> records.put(row.getLong(1), record(row)), seqs.toString());
        return records;
    }

    /** What a session gets to know of jobs that it has just claimed, by row. */
    static Map<Long, ClaimedJob> claimed(Statements sql, List<Long> seqs) throws SQLException {
        Map<Long, ClaimedJob> claimed = new HashMap<>();
        sql.rows(READ, row -> claimed.put(row.getLong(1), claimed(row)), seqs.toString());
        for (Map.Entry<Long, ClaimedJob> entry : claimed.entrySet()) {
            Map<String, byte[]> steps = steps(sql, entry.getKey());
            if (!steps.isEmpty()) {
                ClaimedJob job = entry.getValue();
                entry.setValue(new ClaimedJob(job.spec(), job.token(), job.history(), job.times(), steps));
            }
        }
        return claimed;
    }

    /** Results of the steps that a job's runs finished, by name. */
    static Map<String, byte[]> steps(Statements sql, long seq) throws SQLException {
        Map<String, byte[]> steps = new LinkedHashMap<>();
        sql.rows(
                "SELECT name, value FROM millrace_step WHERE seq = ?",
                row -> steps.put(Statements.textOrEmpty(row, 1), Statements.blob(row, 2)),
                seq);
        return steps;
    }

    private static ClaimedJob claimed(ResultSet row) throws SQLException {
        return new ClaimedJob(
                spec(row),
                row.getLong(16),
                new ClaimedJob.History(row.getInt(17), row.getInt(18), row.getInt(19)),
                new ClaimedJob.Times(
                        Micros.instant(row.getLong(21)), Micros.instant(row.getLong(22)), instant(row, 23)),
                Map.of());
    }

    private static JobRecord record(ResultSet row) throws SQLException {
        JobState state = Codes.state(row.getInt(14));
        Long reason = Statements.longOrNull(row, 15);
        return new JobRecord(
                spec(row),
                state,
                gate(state, row.getInt(8)),
                reason == null ? null : Codes.reason(reason.intValue()),
                run(row),
                new JobRecord.Times(
                        Micros.instant(row.getLong(21)),
                        Micros.instant(row.getLong(22)),
                        instant(row, 23),
                        instant(row, 24),
                        instant(row, 25),
                        instant(row, 26),
                        duration(row, 34)),
                row.getBytes(27),
                failure(row, 28));
    }

    private static JobRecord.Run run(ResultSet row) throws SQLException {
        byte[] session = row.getBytes(20);
        String message = row.getString(33);
        return new JobRecord.Run(
                row.getLong(16),
                row.getInt(17),
                row.getInt(18),
                row.getInt(19),
                session == null ? null : Ids.uuid(session),
                (row.getInt(8) & Marks.CANCEL) != 0,
                message == null ? Progress.NONE : new Progress(row.getLong(31), row.getLong(32), message));
    }

    private static JobSpec spec(ResultSet row) throws SQLException {
        boolean plain = (row.getInt(8) & Marks.SPEC) == 0;
        return new JobSpec(
                Ids.uuid(row.getBytes(2)),
                Statements.textOrEmpty(row, 3),
                Statements.textOrEmpty(row, 4),
                row.getInt(5),
                Statements.blob(row, 6),
                Statements.textOrEmpty(row, 7),
                plain ? Labels.NONE : Packed.labels(row.getBytes(10)),
                plain ? Keys.NONE : Specs.keys(row, 11),
                duration(row, 9));
    }

    private static JobRecord.@Nullable Gate gate(JobState state, int marks) {
        if (state != JobState.BLOCKED) {
            return null;
        }
        return (marks & Marks.WAITS) != 0 ? JobRecord.Gate.PARENTS : JobRecord.Gate.GROUP;
    }

    private static @Nullable Duration duration(ResultSet row, int column) throws SQLException {
        Long micros = Statements.longOrNull(row, column);
        return micros == null ? null : Duration.of(micros, ChronoUnit.MICROS);
    }

    /** The failure in three columns from this one on; null when there is none. */
    static @Nullable Failure failure(ResultSet row, int column) throws SQLException {
        String type = row.getString(column);
        return type == null
                ? null
                : new Failure(type, Statements.textOrEmpty(row, column + 1), Statements.textOrEmpty(row, column + 2));
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        return Micros.orNull(Job.time(row, column));
    }
}
