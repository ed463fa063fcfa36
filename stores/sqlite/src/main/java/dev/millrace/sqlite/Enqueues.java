package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store.Signal;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How jobs come in. Runs of jobs that have neither labels, keys nor large payloads go in as one batch of inserts; the others
 * one by one, since they write to more tables.
 */
final class Enqueues {
    /** Payloads up to this size lie in the job's row, which a claim and a settle rewrite; larger ones beside it. */
    static final int INLINE_PAYLOAD = 512;

    static final String INSERT = """
            INSERT INTO millrace_job (id, lane, state, marks, priority, due, created, expires, keep_for, options, payload)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """;

    private final Tx tx;
    private final List<NewJob> jobs;
    private final Answer[] answers;
    private final PreparedStatement insert;
    private final Ties ties;
    /** The places of the jobs that the batch holds. */
    private final List<Integer> gathered = new ArrayList<>();

    private Enqueues(Tx tx, List<NewJob> jobs) throws SQLException {
        this.tx = tx;
        this.jobs = jobs;
        this.answers = new Answer[jobs.size()];
        this.insert = tx.sql.prepare(INSERT);
        this.ties = new Ties(tx);
    }

    static List<Answer> enqueue(Tx tx, List<NewJob> jobs) throws SQLException {
        Enqueues enqueues = new Enqueues(tx, jobs);
        try {
            enqueues.run();
        } catch (SQLException | RuntimeException e) {
            enqueues.insert.clearBatch();
            throw e;
        }
        return Arrays.asList(enqueues.answers);
    }

    private void run() throws SQLException {
        Tombstones tombstones = new Tombstones(tx);
        for (int i = 0; i < answers.length; i++) {
            JobSpec spec = jobs.get(i).spec();
            if (tombstones.hold(spec.id())) {
                answers[i] = new Answer.Known(spec.id());
            } else if (marksOf(jobs.get(i)) == 0) {
                bind(jobs.get(i), 0, stateOf(jobs.get(i)));
                insert.addBatch();
                gathered.add(i);
            } else {
                insertGathered();
                answers[i] = rich(jobs.get(i));
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
            NewJob job = jobs.get(gathered.get(i));
            answers[gathered.get(i)] = answer(job, inserted[i]);
        }
        gathered.clear();
    }

    private Answer answer(NewJob job, int inserted) throws SQLException {
        return answer(job, stateOf(job), inserted);
    }

    private Answer answer(NewJob job, int state, int inserted) throws SQLException {
        UUID id = job.spec().id();
        if (inserted == 0) {
            return new Answer.Known(id);
        }
        tx.count(tx.lanes.number(job.spec().queue(), job.spec().kind()), state, 1);
        return new Answer.Stored(id);
    }

    private Answer rich(NewJob job) throws SQLException {
        JobSpec spec = job.spec();
        Keys.Unique unique = spec.keys().unique();
        Answer conflict = unique == null ? null : conflict(job, unique);
        if (conflict != null) {
            return conflict;
        }
        int marks = marksOf(job);
        boolean atGate = (marks & Marks.GROUP) != 0 && stateOf(job) == Codes.READY;
        int state = (marks & Marks.WAITS) != 0 || atGate ? Codes.BLOCKED : stateOf(job);
        bind(job, marks, state);
        Answer answer = answer(job, state, insert.executeUpdate());
        if (answer instanceof Answer.Stored) {
            long seq = tx.sql.number("SELECT last_insert_rowid()");
            Specs.write(tx, seq, spec);
            if (unique != null) {
                Keyring.take(tx, spec.kind(), unique.key(), spec.id());
            }
            if (Ties.ties(job)) {
                ties.add(job, seq);
            }
            if (atGate && (marks & Marks.WAITS) == 0) {
                Groups.arrive(tx, Job.bySeq(tx, seq));
            }
        }
        return answer;
    }

    /** What becomes of a job whose key is held; null when it is to be stored, with the key. */
    private @Nullable Answer conflict(NewJob job, Keys.Unique unique) throws SQLException {
        UUID id = job.spec().id();
        UUID holder = Keyring.holder(tx, job.spec().kind(), unique.key());
        if (holder == null) {
            return null;
        }
        if (tx.sql.exists("SELECT 1 FROM millrace_job WHERE id = ?", id)) {
            return new Answer.Known(id);
        }
        boolean skips = unique.conflict() == Keys.Conflict.SKIP;
        Job held = skips && unique.scope() != Keys.Scope.WAITING ? null : Job.byId(tx, holder);
        if (held == null || held.state.finished() || (skips && held.state != JobState.RUNNING)) {
            return new Answer.Duplicate(holder);
        }
        if (held.state == JobState.RUNNING) {
            Keyring.pass(tx, held);
            return null;
        }
        Replacement.replace(tx, held, job);
        return new Answer.Replaced(holder);
    }

    private static int marksOf(NewJob job) {
        return Specs.marksOf(job.spec()) | (Ties.ties(job) ? Ties.marksOf(job) : 0);
    }

    private void bind(NewJob job, int marks, int state) throws SQLException {
        JobSpec spec = job.spec();
        insert.setBytes(1, Ids.bytes(spec.id()));
        insert.setLong(2, tx.lanes.number(spec.queue(), spec.kind()));
        insert.setInt(3, state);
        insert.setInt(4, marks);
        insert.setInt(5, spec.priority());
        insert.setLong(6, Spans.at(job.due(), tx.now()));
        insert.setLong(7, tx.now());
        Job.setTime(insert, 8, job.expiry() == null ? Micros.NEVER : Spans.at(job.expiry(), tx.now()));
        Job.setLong(insert, 9, spec.keepFor() == null ? null : (Long) Spans.micros(spec.keepFor()));
        setOptions(insert, 10, spec.options());
        setPayload(insert, 11, spec.payload());
    }

    private int stateOf(NewJob job) {
        return Spans.at(job.due(), tx.now()) > tx.now() ? Codes.SCHEDULED : Codes.READY;
    }

    static void setOptions(PreparedStatement statement, int index, String options) throws SQLException {
        if (options.isEmpty()) {
            statement.setNull(index, Types.VARCHAR);
        } else {
            statement.setString(index, options);
        }
    }

    static void setPayload(PreparedStatement statement, int index, byte[] payload) throws SQLException {
        if (payload.length > INLINE_PAYLOAD) {
            statement.setNull(index, Types.BLOB);
        } else {
            statement.setBytes(index, payload);
        }
    }
}
