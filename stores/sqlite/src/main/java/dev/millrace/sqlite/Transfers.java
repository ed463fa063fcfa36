package dev.millrace.sqlite;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.StoreException;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Export in order of arrival, notes last, and import of the same. The cursor is "job" or "note" and how far that part has
 * been read.
 */
final class Transfers {
    private static final String INSERT = """
            INSERT INTO millrace_job (id, lane, state, marks, priority, due, created, expires, keep_for, options, payload,
              token, attempt, snoozes, rescues, started, finished, keep_until, ended, reason, failed, result)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """;
    /** The token of a failure whose run's record did not come along. */
    private static final long NO_RUN = 0;

    private Transfers() {}

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
        record Row(long seq, UUID id) {}
        List<Row> rows = sql.rows(
                "SELECT seq, id FROM millrace_job WHERE seq > ? ORDER BY seq LIMIT ?",
                row -> new Row(row.getLong(1), Ids.uuid(row.getBytes(2))),
                after,
                limit);
        Map<Long, JobRecord> records =
                Records.read(sql, rows.stream().map(Row::seq).toList());
        List<Item> items = new ArrayList<>(rows.size());
        for (Row row : rows) {
            items.add(new Item.Job(Objects.requireNonNull(records.get(row.seq)), Looks.trail(sql, row.id)));
        }
        return rows.size() < limit
                ? notes(sql, items, 0, limit, now)
                : new ExportPage(items, "job:" + rows.get(limit - 1).seq);
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

    static int take(Tx tx, List<Item> items) throws SQLException {
        int taken = 0;
        for (Item item : items) {
            boolean isNew = item instanceof Item.Job job
                    ? take(tx, job)
                    : item instanceof Item.Noted noted && NotesTable.take(tx, noted.note(), noted.timeToLive());
            taken += isNew ? 1 : 0;
        }
        tx.signal(Signal.READY);
        return taken;
    }

    private static boolean take(Tx tx, Item.Job item) throws SQLException {
        JobRecord job = item.job();
        if (tx.sql.exists("SELECT 1 FROM millrace_job WHERE id = ?", job.id())) {
            return false;
        }
        boolean ran = job.state() == JobState.RUNNING;
        JobState state = ran ? JobState.READY : job.state();
        long lane = tx.lanes.number(job.spec().queue(), job.spec().kind());
        insert(tx, item, lane, state, ran ? job.run().attempt() - 1 : job.run().attempt());
        tx.count(lane, state, 1);
        Job stored = Objects.requireNonNull(Job.byId(tx, job.id()));
        Enqueues.aside(tx, stored.seq, job.spec());
        takeTrail(tx, stored, item);
        String key = job.spec().keys().unique();
        if (key != null && !state.finished()) {
            Keyring.take(tx, job.spec().kind(), key, job.id());
        }
        stored.save(tx);
        return true;
    }

    private static void insert(Tx tx, Item.Job item, long lane, JobState state, int attempt) throws SQLException {
        JobRecord job = item.job();
        JobSpec spec = job.spec();
        JobRecord.Times times = job.times();
        boolean ran = job.state() == JobState.RUNNING;
        PreparedStatement insert = tx.sql.prepare(INSERT);
        insert.setBytes(1, Ids.bytes(spec.id()));
        insert.setLong(2, lane);
        insert.setInt(3, Codes.of(state));
        insert.setInt(4, Enqueues.marksOf(spec));
        insert.setInt(5, spec.priority());
        insert.setLong(6, Spans.micros(times.dueAt()));
        insert.setLong(7, Spans.micros(times.createdAt()));
        Job.setTime(insert, 8, Spans.orNever(times.expiresAt()));
        Job.setLong(insert, 9, spec.keepFor() == null ? null : (Long) Spans.micros(spec.keepFor()));
        Enqueues.setOptions(insert, 10, spec.options());
        Enqueues.setPayload(insert, 11, spec.payload());
        insert.setLong(12, job.run().token());
        insert.setInt(13, attempt);
        insert.setInt(14, job.run().snoozes());
        insert.setInt(15, job.run().rescues());
        Job.setTime(insert, 16, ran ? Micros.NEVER : Spans.orNever(times.startedAt()));
        Job.setTime(insert, 17, Spans.orNever(times.finishedAt()));
        Job.setTime(insert, 18, Spans.orNever(times.keepUntil()));
        insert.setObject(19, Codes.ofNullable(lastEnd(item)));
        insert.setObject(20, Codes.ofNullable(job.cancelReason()));
        insert.setObject(21, failedToken(item));
        insert.setBytes(22, job.result());
        insert.executeUpdate();
    }

    private static @Nullable RunEnd lastEnd(Item.Job item) {
        for (RunRecord run : item.trail().runs()) {
            if (run.token() == item.job().run().token()) {
                return run.end();
            }
        }
        return null;
    }

    private static @Nullable Long failedToken(Item.Job item) {
        Failure failure = item.job().failure();
        if (failure == null) {
            return null;
        }
        Long token = NO_RUN;
        for (RunRecord run : item.trail().runs()) {
            if (failure.equals(run.failure())) {
                token = run.token();
            }
        }
        return token;
    }

    private static void takeTrail(Tx tx, Job stored, Item.Job item) throws SQLException {
        JobTrail trail = item.trail();
        for (RunRecord run : trail.runs()) {
            record(tx, stored, run, run.end());
        }
        Failure failure = item.job().failure();
        if (failure != null && Objects.equals(stored.failed, NO_RUN)) {
            RunRecord carrier = new RunRecord(
                    NO_RUN,
                    0,
                    "",
                    item.job().times().createdAt(),
                    item.job().times().createdAt(),
                    RunEnd.FAILED,
                    failure);
            record(tx, stored, carrier, null);
        }
        Progress progress = item.job().run().progress();
        Aside.tell(tx, stored, new Report(progress.equals(Progress.NONE) ? null : progress, trail.log()));
        for (Map.Entry<String, byte[]> step : trail.steps().entrySet()) {
            tx.sql.update(
                    "INSERT INTO millrace_step (seq, name, value) VALUES (?, ?, ?)",
                    stored.seq,
                    step.getKey(),
                    step.getValue());
            stored.marks |= Marks.STEPS;
        }
    }

    private static void record(Tx tx, Job stored, RunRecord run, @Nullable RunEnd end) throws SQLException {
        Aside.record(
                tx,
                stored.seq,
                run.token(),
                run.attempt(),
                run.worker(),
                Spans.micros(run.startedAt()),
                Spans.micros(run.endedAt()),
                end,
                run.failure());
        stored.marks |= Marks.RUNS;
    }
}
