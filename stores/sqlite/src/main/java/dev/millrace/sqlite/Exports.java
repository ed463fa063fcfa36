package dev.millrace.sqlite;

import dev.millrace.StoreException;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Export in order of arrival, notes last. The cursor is "job" or "note" and how far that part has been read. What lies beside
 * the jobs' rows is read for a page at once, and only where the jobs' marks tell of it.
 */
final class Exports {
    private static final String ROWS = """
            SELECT j.seq, j.marks, j.token, j.attempt, s.worker, j.started, j.finished, s.sid,
              coalesce(length(j.payload), length(p.payload), 0) + coalesce(length(j.result), 0)
            FROM millrace_job AS j
            LEFT JOIN millrace_payload AS p ON j.marks & 2 <> 0 AND p.seq = j.seq
            LEFT JOIN millrace_session AS s ON j.state = 4 AND j.ended = 0 AND s.sid = j.session
            WHERE j.seq > ? ORDER BY j.seq LIMIT ?
            """;
    private static final String RUNS = """
            SELECT token, attempt, worker, started, finished, ended, type, message, stack, seq FROM millrace_run
            WHERE seq IN (SELECT value FROM json_each(?)) AND ended IS NOT NULL ORDER BY seq, token
            """;
    private static final String LOGS = """
            SELECT seq, line, at, text FROM millrace_log WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq, line
            """;
    private static final String STEPS =
            "SELECT seq, name, value FROM millrace_step WHERE seq IN (SELECT value FROM json_each(?))";

    /** A page ends with the job whose payload and result take it here: few large jobs are a page too. */
    private static final long PAGE_BYTES = 16 * 1_048_576;

    private Exports() {}

    /** A job's place, and the record of its successful run, which lies in its own row. */
    private record Row(long seq, int marks, @Nullable RunRecord success, long bytes) {
        static Row of(ResultSet row) throws SQLException {
            boolean succeeded = Statements.longOrNull(row, 8) != null;
            return new Row(row.getLong(1), row.getInt(2), succeeded ? success(row) : null, row.getLong(9));
        }

        private static RunRecord success(ResultSet row) throws SQLException {
            return new RunRecord(
                    row.getLong(3),
                    row.getInt(4),
                    Statements.textOrEmpty(row, 5),
                    Micros.instant(row.getLong(6)),
                    Micros.instant(row.getLong(7)),
                    RunEnd.SUCCEEDED,
                    null);
        }
    }

    static ExportPage export(Statements sql, @Nullable String cursor, int limit, long now) throws SQLException {
        String[] parts = (cursor == null ? "job:0" : cursor).split(":", 2);
        try {
            long after = Long.parseLong(parts[1]);
            return parts[0].equals("job")
                    ? jobs(sql, after, limit, now)
                    : notes(sql, new ArrayList<>(), after, limit, now);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new StoreException(
                    "\"" + cursor + "\" is no cursor of this store's export: begin again without one", e);
        }
    }

    private static ExportPage jobs(Statements sql, long after, int limit, long now) throws SQLException {
        List<Row> found = sql.rows(ROWS, Row::of, after, limit);
        List<Row> rows = cut(found);
        Map<Long, JobRecord> records =
                Records.read(sql, rows.stream().map(Row::seq).toList());
        Map<Long, JobTrail> trails = trails(sql, rows);
        Map<UUID, List<Dependency>> parents = parents(sql, rows, records);
        List<Item> items = new ArrayList<>(rows.size());
        for (Row row : rows) {
            JobRecord record = Objects.requireNonNull(records.get(row.seq));
            items.add(new Item.Job(
                    record,
                    trails.getOrDefault(row.seq, JobTrail.EMPTY),
                    parents.getOrDefault(record.id(), List.of())));
        }
        boolean more = rows.size() < found.size() || found.size() == limit;
        return more ? new ExportPage(items, "job:" + rows.get(rows.size() - 1).seq) : notes(sql, items, 0, limit, now);
    }

    /** What these jobs wait, or waited, for. */
    private static Map<UUID, List<Dependency>> parents(Statements sql, List<Row> rows, Map<Long, JobRecord> records)
            throws SQLException {
        List<UUID> children = rows.stream()
                .filter(row -> (row.marks & Marks.PARENTS) != 0)
                .map(row -> Objects.requireNonNull(records.get(row.seq)).id())
                .toList();
        return Dependencies.of(sql, children).stream().collect(Collectors.groupingBy(Dependency::child));
    }

    /** The first of these, as many as a page may weigh. */
    private static List<Row> cut(List<Row> rows) {
        long bytes = 0;
        for (int i = 0; i < rows.size(); i++) {
            bytes += rows.get(i).bytes;
            if (bytes >= PAGE_BYTES) {
                return rows.subList(0, i + 1);
            }
        }
        return rows;
    }

    /** What the runs of these jobs left, for those that left anything. */
    private static Map<Long, JobTrail> trails(Statements sql, List<Row> rows) throws SQLException {
        Map<Long, List<RunRecord>> runs = new HashMap<>();
        String ran = marked(rows, Marks.RUNS);
        if (!ran.isEmpty()) {
            sql.rows(
                    RUNS,
                    row -> runs.computeIfAbsent(row.getLong(10), any -> new ArrayList<>())
                            .add(Looks.run(row, Codes.end(row.getInt(6)))),
                    ran);
        }
        for (Row row : rows) {
            if (row.success != null) {
                runs.computeIfAbsent(row.seq, any -> new ArrayList<>()).add(row.success);
            }
        }
        Map<Long, List<LogLine>> logs = logs(sql, marked(rows, Marks.LOG));
        Map<Long, Map<String, byte[]>> steps = new HashMap<>();
        String stepped = marked(rows, Marks.STEPS);
        if (!stepped.isEmpty()) {
            sql.rows(
                    STEPS,
                    row -> steps.computeIfAbsent(row.getLong(1), any -> new LinkedHashMap<>())
                            .put(Statements.textOrEmpty(row, 2), Statements.blob(row, 3)),
                    stepped);
        }
        Map<Long, JobTrail> trails = new HashMap<>();
        for (Row row : rows) {
            List<RunRecord> all = runs.getOrDefault(row.seq, List.of());
            List<RunRecord> latest = all.subList(Math.max(0, all.size() - JobTrail.MAX_RUNS), all.size());
            List<LogLine> log = logs.getOrDefault(row.seq, List.of());
            Map<String, byte[]> ofSteps = steps.getOrDefault(row.seq, Map.of());
            if (!latest.isEmpty() || !log.isEmpty() || !ofSteps.isEmpty()) {
                trails.put(row.seq, new JobTrail(latest, log, ofSteps));
            }
        }
        return trails;
    }

    private static Map<Long, List<LogLine>> logs(Statements sql, String seqs) throws SQLException {
        Map<Long, List<LogLine>> logs = new HashMap<>();
        List<Long> dropped = new ArrayList<>();
        if (!seqs.isEmpty()) {
            sql.rows(
                    LOGS,
                    row -> row.getLong(2) == Aside.DROPPED_LINE
                            ? dropped.add(row.getLong(1))
                            : logs.computeIfAbsent(row.getLong(1), any -> new ArrayList<>())
                                    .add(new LogLine(Micros.instant(row.getLong(3)), Statements.textOrEmpty(row, 4))),
                    seqs);
        }
        for (long seq : dropped) {
            List<LogLine> log = logs.getOrDefault(seq, Collections.emptyList());
            if (!log.isEmpty()) {
                log.add(0, new LogLine(log.get(0).at(), Looks.DROPPED));
            }
        }
        return logs;
    }

    /** The places of the jobs with this mark, as JSON; empty when there is none. */
    private static String marked(List<Row> rows, int mark) {
        String seqs = rows.stream()
                .filter(row -> (row.marks & mark) != 0)
                .map(row -> Long.toString(row.seq))
                .collect(Collectors.joining(","));
        return seqs.isEmpty() ? "" : "[" + seqs + "]";
    }

    /** Fills the page with notes, after so many that were read before. */
    private static ExportPage notes(Statements sql, List<Item> items, long read, int limit, long now)
            throws SQLException {
        int room = limit - items.size();
        List<Item> notes = sql.rows(
                """
                SELECT space, name, value, revision, expires - ?1 FROM millrace_note
                WHERE expires IS NULL OR expires > ?1 ORDER BY revision LIMIT ?2 OFFSET ?3
                """,
                row -> {
                    Long left = Statements.longOrNull(row, 5);
                    return new Item.Noted(
                            NotesTable.read(row), left == null ? null : Duration.of(left, ChronoUnit.MICROS));
                },
                now,
                room,
                read);
        items.addAll(notes);
        return new ExportPage(items, notes.size() < room ? null : "note:" + (read + room));
    }
}
