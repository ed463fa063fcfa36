package dev.millrace.sqlite;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
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
    /** The places of the jobs that the batch holds. */
    private final List<Integer> gathered = new ArrayList<>();

    private Enqueues(Tx tx, List<NewJob> jobs) throws SQLException {
        this.tx = tx;
        this.jobs = jobs;
        this.answers = new Answer[jobs.size()];
        this.insert = tx.sql.prepare(INSERT);
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
            } else if (marksOf(spec) == 0) {
                bind(jobs.get(i), 0);
                insert.addBatch();
                gathered.add(i);
            } else {
                insertGathered();
                answers[i] = rich(jobs.get(i));
            }
        }
        insertGathered();
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
        UUID id = job.spec().id();
        if (inserted == 0) {
            return new Answer.Known(id);
        }
        tx.count(tx.lanes.number(job.spec().queue(), job.spec().kind()), stateOf(job), 1);
        return new Answer.Stored(id);
    }

    private Answer rich(NewJob job) throws SQLException {
        JobSpec spec = job.spec();
        String key = spec.keys().uniqueKey();
        if (key != null) {
            UUID holder = Keyring.holder(tx, spec.kind(), key);
            if (holder != null) {
                boolean known = tx.sql.exists("SELECT 1 FROM millrace_job WHERE id = ?", spec.id());
                return known ? new Answer.Known(spec.id()) : new Answer.Duplicate(holder);
            }
        }
        bind(job, marksOf(spec));
        Answer answer = answer(job, insert.executeUpdate());
        if (answer instanceof Answer.Stored) {
            aside(tx, tx.sql.number("SELECT last_insert_rowid()"), spec);
            if (key != null) {
                Keyring.take(tx, spec.kind(), key, spec.id());
            }
        }
        return answer;
    }

    private void bind(NewJob job, int marks) throws SQLException {
        JobSpec spec = job.spec();
        insert.setBytes(1, Ids.bytes(spec.id()));
        insert.setLong(2, tx.lanes.number(spec.queue(), spec.kind()));
        insert.setInt(3, stateOf(job));
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

    /** What is not plain about a job as it comes in. */
    static int marksOf(JobSpec spec) {
        Labels labels = spec.labels();
        Keys keys = spec.keys();
        return (spec.payload().length > INLINE_PAYLOAD ? Marks.PAYLOAD : 0)
                | (labels.isEmpty() && keys.equals(Keys.NONE) ? 0 : Marks.SPEC)
                | (keys.uniqueKey() == null ? 0 : Marks.KEY)
                | (labels.tags().isEmpty() ? 0 : Marks.TAGS);
    }

    /** Writes what does not lie in the job's row. */
    static void aside(Tx tx, long seq, JobSpec spec) throws SQLException {
        int marks = marksOf(spec);
        if ((marks & Marks.PAYLOAD) != 0) {
            tx.sql.update("INSERT INTO millrace_payload (seq, payload) VALUES (?, ?)", seq, spec.payload());
        }
        if ((marks & Marks.SPEC) != 0) {
            Keys.@Nullable Group group = spec.keys().group();
            tx.sql.update(
                    "INSERT INTO millrace_spec (seq, labels, unique_key, group_key, keys) VALUES (?, ?, ?, ?, ?)",
                    seq,
                    Packed.labels(spec.labels()),
                    spec.keys().uniqueKey(),
                    group == null ? null : group.key(),
                    spec.keys().encode());
        }
        for (String tag : spec.labels().tags()) {
            tx.sql.update("INSERT INTO millrace_tag (tag, id) VALUES (?, ?)", tag, spec.id());
        }
    }
}
