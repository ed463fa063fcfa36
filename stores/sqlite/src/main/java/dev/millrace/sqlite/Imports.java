package dev.millrace.sqlite;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transfer.Item;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Import of what any engine exported. Runs of jobs that have nothing beside their rows go in as one batch of inserts; the others
 * one by one, since they write to more tables.
 */
final class Imports {
    private static final String INSERT = """
            INSERT INTO millrace_job (id, lane, state, marks, priority, due, created, expires, keep_for, options, payload,
              token, attempt, snoozes, rescues, started, finished, keep_until, ended, reason, failed, result)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """;
    /** The token of a failure whose run's record did not come along. */
    private static final long NO_RUN = 0;

    private final Tx tx;
    private final PreparedStatement insert;
    /** The jobs that the batch holds. */
    private final List<JobRecord> gathered = new ArrayList<>();

    private final ImportedTies ties;
    private int taken;

    private Imports(Tx tx) throws SQLException {
        this.tx = tx;
        this.insert = tx.sql.prepare(INSERT);
        this.ties = new ImportedTies(tx);
    }

    static int take(Tx tx, List<Item> items) throws SQLException {
        Imports imports = new Imports(tx);
        try {
            imports.run(items);
        } catch (SQLException | RuntimeException e) {
            imports.insert.clearBatch();
            throw e;
        }
        return imports.taken;
    }

    private void run(List<Item> items) throws SQLException {
        for (Item item : items) {
            if (item instanceof Item.Noted noted) {
                taken += NotesTable.take(tx, noted.note(), noted.timeToLive()) ? 1 : 0;
            } else if (item instanceof Item.Job job) {
                int marks = marksOf(job);
                bind(job, marks);
                if (marks == 0) {
                    insert.addBatch();
                    gathered.add(job.job());
                } else {
                    rich(job, marks);
                }
            }
        }
        insertGathered();
        ties.tie();
        tx.signal(Signal.READY);
    }

    private void insertGathered() throws SQLException {
        if (gathered.isEmpty()) {
            return;
        }
        int[] inserted = insert.executeBatch();
        for (int i = 0; i < inserted.length; i++) {
            if (inserted[i] > 0) {
                count(gathered.get(i));
            }
        }
        gathered.clear();
    }

    private void count(JobRecord job) throws SQLException {
        tx.count(tx.lanes.number(job.spec().queue(), job.spec().kind()), stateOf(job), 1);
        ties.arrived(job.id());
        taken++;
    }

    private static JobState stateOf(JobRecord job) {
        if (ImportedTies.comesToGate(job)) {
            return JobState.BLOCKED;
        }
        return job.state() == JobState.RUNNING ? JobState.READY : job.state();
    }

    /** Stores the job that is bound, with what lies beside its row. */
    private void rich(Item.Job item, int marks) throws SQLException {
        JobRecord job = item.job();
        if (!gathered.isEmpty()) {
            insertGathered(); // jobs arrive in the order given
            bind(item, marks);
        }
        if (insert.executeUpdate() == 0) {
            return;
        }
        count(job);
        boolean held = job.state().finished() && job.times().keepUntil() == null;
        Job.countHeld(tx, job.state(), held ? 1 : 0);
        long seq = tx.sql.number("SELECT last_insert_rowid()");
        Specs.write(tx, seq, job.spec());
        takeTrail(seq, item);
        if ((marks & Marks.KEY) != 0) {
            Keyring.adopt(tx, Job.bySeq(tx, seq));
        }
        ties.add(item, seq);
    }

    private static int marksOf(Item.Job item) {
        JobTrail trail = item.trail();
        return Specs.marksOf(item.job().spec())
                | ImportedTies.marksOf(item)
                | (trail.runs().isEmpty() && item.job().failure() == null ? 0 : Marks.RUNS)
                | (trail.log().isEmpty() ? 0 : Marks.LOG)
                | (trail.steps().isEmpty() ? 0 : Marks.STEPS)
                | (item.job().run().progress().equals(Progress.NONE) ? 0 : Marks.PROGRESS);
    }

    private void bind(Item.Job item, int marks) throws SQLException {
        JobRecord job = item.job();
        JobSpec spec = job.spec();
        JobRecord.Times times = job.times();
        boolean ran = job.state() == JobState.RUNNING;
        insert.setBytes(1, Ids.bytes(spec.id()));
        insert.setLong(2, tx.lanes.number(spec.queue(), spec.kind()));
        insert.setInt(3, Codes.of(stateOf(job)));
        insert.setInt(4, marks);
        insert.setInt(5, spec.priority());
        insert.setLong(6, Spans.micros(times.dueAt()));
        insert.setLong(7, Spans.micros(times.createdAt()));
        Job.setTime(insert, 8, Spans.orNever(times.expiresAt()));
        Job.setLong(insert, 9, spec.keepFor() == null ? null : (Long) Spans.micros(spec.keepFor()));
        Enqueues.setOptions(insert, 10, spec.options());
        Enqueues.setPayload(insert, 11, spec.payload());
        insert.setLong(12, job.run().token());
        insert.setInt(13, ran ? job.run().attempt() - 1 : job.run().attempt());
        insert.setInt(14, job.run().snoozes());
        insert.setInt(15, job.run().rescues());
        Job.setTime(insert, 16, ran ? Micros.NEVER : Spans.orNever(times.startedAt()));
        Job.setTime(insert, 17, Spans.orNever(times.finishedAt()));
        Job.setTime(insert, 18, Spans.orNever(times.keepUntil()));
        insert.setObject(19, Codes.ofNullable(lastEnd(item)));
        insert.setObject(20, Codes.ofNullable(job.cancelReason()));
        insert.setObject(21, failedToken(item));
        insert.setBytes(22, job.result());
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

    private void takeTrail(long seq, Item.Job item) throws SQLException {
        JobTrail trail = item.trail();
        for (RunRecord run : trail.runs()) {
            record(seq, run, run.end());
        }
        Failure failure = item.job().failure();
        if (failure != null && Objects.equals(failedToken(item), NO_RUN)) {
            RunRecord carrier = new RunRecord(
                    NO_RUN,
                    0,
                    "",
                    item.job().times().createdAt(),
                    item.job().times().createdAt(),
                    RunEnd.FAILED,
                    failure);
            record(seq, carrier, null);
        }
        Progress progress = item.job().run().progress();
        Aside.tell(tx, seq, new Report(progress.equals(Progress.NONE) ? null : progress, trail.log()));
        for (Map.Entry<String, byte[]> step : trail.steps().entrySet()) {
            tx.sql.update(
                    "INSERT INTO millrace_step (seq, name, value) VALUES (?, ?, ?)",
                    seq,
                    step.getKey(),
                    step.getValue());
        }
    }

    private void record(long seq, RunRecord run, @Nullable RunEnd end) throws SQLException {
        Aside.record(
                tx,
                seq,
                run.token(),
                run.attempt(),
                run.worker(),
                Spans.micros(run.startedAt()),
                Spans.micros(run.endedAt()),
                end,
                run.failure());
    }
}
