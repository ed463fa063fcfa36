package dev.millrace.sqlite;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job's row, loaded to be changed by {@link Moves} and saved. Whatever is not plain goes this way; the plain job's claim and
 * settle are statements over many rows that never load one.
 */
final class Job {
    private static final String LOAD =
            "SELECT seq, id, lane, state, marks, priority, due, token, attempt, snoozes, rescues, session, exchange, started,"
                    + " finished, keep_until, ended, reason, failed, expires, keep_for FROM millrace_job ";
    private static final String SAVE =
            "UPDATE millrace_job SET state = ?, marks = ?, priority = ?, due = ?, token = ?, attempt = ?, snoozes = ?,"
                    + " rescues = ?, session = ?, exchange = ?, started = ?, finished = ?, keep_until = ?, ended = ?, reason = ?,"
                    + " failed = ?, expires = ? WHERE seq = ?";

    /** The order of claims and of admission: priority, due time, arrival. */
    static final Comparator<Job> CLAIM_ORDER = Comparator.<Job>comparingInt(job -> -job.priority)
            .thenComparingLong(job -> job.due)
            .thenComparingLong(job -> job.seq);

    final long seq;
    final UUID id;
    final long lane;
    /** The state that the row has. */
    private JobState stored;

    JobState state;
    int marks;
    int priority;
    long due;
    long token;
    int attempt;
    int snoozes;
    int rescues;

    @Nullable
    Long session;

    @Nullable
    Long exchange;

    long started;
    long finished;
    long keepUntil;
    /** How the run of {@link #token} ended. */
    @Nullable
    RunEnd ended;

    @Nullable
    CancelReason reason;
    /** The token of the run whose failure is the last one. */
    @Nullable
    Long failed;

    long expires;
    final @Nullable Long keepFor;
    private boolean storedHeld;
    private @Nullable Keys keys;

    private Job(ResultSet row) throws SQLException {
        seq = row.getLong(1);
        id = Ids.uuid(row.getBytes(2));
        lane = row.getLong(3);
        state = Codes.state(row.getInt(4));
        stored = state;
        marks = row.getInt(5);
        priority = row.getInt(6);
        due = row.getLong(7);
        token = row.getLong(8);
        attempt = row.getInt(9);
        snoozes = row.getInt(10);
        rescues = row.getInt(11);
        session = Statements.longOrNull(row, 12);
        exchange = Statements.longOrNull(row, 13);
        started = time(row, 14);
        finished = time(row, 15);
        keepUntil = time(row, 16);
        Long end = Statements.longOrNull(row, 17);
        ended = end == null ? null : Codes.end(end.intValue());
        Long why = Statements.longOrNull(row, 18);
        reason = why == null ? null : Codes.reason(why.intValue());
        failed = Statements.longOrNull(row, 19);
        expires = time(row, 20);
        keepFor = Statements.longOrNull(row, 21);
        storedHeld = heldForWorkflow();
    }

    /** The job of a row that is known to exist. */
    static Job bySeq(Tx tx, long seq) throws SQLException {
        Job job = tx.sql.first(LOAD + "WHERE seq = ?", Job::new, seq);
        if (job == null) {
            throw new IllegalStateException("there is no job in row " + seq + ", and something refers to it");
        }
        return job;
    }

    static @Nullable Job byId(Tx tx, UUID id) throws SQLException {
        return tx.sql.first(LOAD + "WHERE id = ?", Job::new, id);
    }

    /** The RUNNING job of this id and token, or null. */
    static @Nullable Job running(Tx tx, UUID id, long token) throws SQLException {
        return tx.sql.first(LOAD + "WHERE id = ? AND token = ? AND state = 3", Job::new, id, token);
    }

    /** Those jobs that an index and a condition find. */
    static List<Job> select(Tx tx, String condition, @Nullable Object... values) throws SQLException {
        return tx.sql.rows(LOAD + condition, Job::new, values);
    }

    boolean marked(int mark) {
        return (marks & mark) != 0;
    }

    boolean expired(long now) {
        return expires <= now;
    }

    /** Its keys, read when first asked for. */
    Keys keys(Tx tx) throws SQLException {
        Keys known = keys;
        if (known == null) {
            known = marked(Marks.SPEC) ? Specs.keys(tx.sql, seq) : Keys.NONE;
            keys = known;
        }
        return known;
    }

    void forgetKeys() {
        keys = null;
    }

    /** Whether it keeps its group's slot while it waits for a retry. */
    boolean strict(Tx tx) throws SQLException {
        Keys.Group group = keys(tx).group();
        return group != null && group.strict();
    }

    /** Whether it has ended and is kept as long as its workflow is unfinished. */
    boolean heldForWorkflow() {
        return state.finished() && keepUntil == Micros.NEVER;
    }

    /** Writes the row, and counts its change of state. */
    void save(Tx tx) throws SQLException {
        PreparedStatement statement = tx.sql.prepare(SAVE);
        statement.setInt(1, Codes.of(state));
        statement.setInt(2, marks);
        statement.setInt(3, priority);
        statement.setLong(4, due);
        statement.setLong(5, token);
        statement.setInt(6, attempt);
        statement.setInt(7, snoozes);
        statement.setInt(8, rescues);
        setLong(statement, 9, session);
        setLong(statement, 10, exchange);
        setTime(statement, 11, started);
        setTime(statement, 12, finished);
        setTime(statement, 13, keepUntil);
        setInt(statement, 14, Codes.ofNullable(ended));
        setInt(statement, 15, Codes.ofNullable(reason));
        setLong(statement, 16, failed);
        setTime(statement, 17, expires);
        statement.setLong(18, seq);
        statement.executeUpdate();
        if (stored != state) {
            tx.count(lane, stored, -1);
            tx.count(lane, state, 1);
        }
        if (storedHeld || heldForWorkflow()) {
            countHeld(tx, stored, storedHeld ? -1 : 0);
            countHeld(tx, state, heldForWorkflow() ? 1 : 0);
            storedHeld = heldForWorkflow();
        }
        stored = state;
    }

    /**
     * Counts jobs that have ended and are kept for their workflow. In the statistics they stand under no lane and with a minus, so
     * that the sum of a state is of those that may be too many.
     */
    static void countHeld(Tx tx, JobState state, long change) {
        if (change != 0) {
            tx.count(Counts.NO_LANE, state, -change);
        }
    }

    /** A time, with {@link Micros#NEVER} for NULL. */
    static long time(ResultSet row, int column) throws SQLException {
        Long time = Statements.longOrNull(row, column);
        return time == null ? Micros.NEVER : time;
    }

    static void setTime(PreparedStatement statement, int index, long micros) throws SQLException {
        setLong(statement, index, micros == Micros.NEVER ? null : (Long) micros);
    }

    static void setLong(PreparedStatement statement, int index, @Nullable Long value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.INTEGER);
        } else {
            statement.setLong(index, value);
        }
    }

    private static void setInt(PreparedStatement statement, int index, @Nullable Integer value) throws SQLException {
        setLong(statement, index, value == null ? null : (Long) value.longValue());
    }
}
