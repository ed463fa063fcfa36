package dev.millrace.postgres;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRef;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job's row, loaded and locked to be changed by {@link Moves} and saved. Whatever is not plain goes this way; the plain job's
 * claim and settle are statements over many rows that never load one.
 */
final class Job {
    /** UUIDs as the server sorts them. */
    static final Comparator<UUID> ID_ORDER = (a, b) -> {
        int order = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return order != 0 ? order : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    };

    /** Whose keys are looked at when they move. */
    private static final int KEYED = Marks.GROUP | Marks.WINDOW;

    private static final String COMMON =
            "SELECT j.id, j.lane, j.state, j.marks, j.priority, j.due, j.token, j.attempt, j.snoozes, j.rescues, j.started,"
                    + " j.ended, j.failed, j.expires, j.keep_for, j.seq, CASE WHEN j.marks & " + KEYED
                    + " <> 0 THEN (SELECT k.keys FROM @spec AS k WHERE k.id = j.id) END, CASE WHEN j.marks & "
                    + Marks.PARENTS + " <> 0 THEN (SELECT k.delay FROM @spec AS k WHERE k.id = j.id) END, ";
    private static final String LOAD = COMMON
            + "j.session, (SELECT s.worker FROM @session AS s WHERE s.id = j.session), NULL::bigint, NULL::smallint FROM @job AS j ";
    private static final String LOAD_ENDED = COMMON + "NULL::uuid, j.worker, j.finished, j.reason FROM @history AS j ";
    private static final String SAVE = """
            UPDATE @job SET state = ?, marks = ?, priority = ?, due = ?, token = ?, attempt = ?, snoozes = ?, rescues = ?,
              session = ?::uuid, started = ?::bigint, ended = ?::smallint, failed = ?::bigint WHERE id = ?
            """;
    private static final String MOVED = "id, seq, lane, created, expires, keep_for, options, payload";
    static final String END = "WITH gone AS (DELETE FROM @job WHERE id = ? RETURNING *) INSERT INTO @history (" + MOVED
            + ", state, marks, priority, due, token, attempt, snoozes, rescues, started, ended, failed, reason, segment,"
            + " finished, keep_until, worker, result) SELECT " + MOVED
            + ", ?, ?, ?, ?, ?, ?, ?, ?, ?::bigint, ?::smallint, ?::bigint, ?::smallint, " + Ring.open("?")
            + ", ?, ?, ?, ?::bytea FROM gone";
    static final String REVIVE = "WITH gone AS (DELETE FROM @history WHERE id = ? RETURNING *) INSERT INTO @job ("
            + MOVED
            + ", state, marks, priority, due, token, attempt, snoozes, rescues, started, ended, failed) SELECT "
            // its expiry is cleared
            + "id, seq, lane, created, NULL, keep_for, options, payload, ?, ?, ?, ?, ?, ?, ?, ?, ?::bigint, ?::smallint, ?::bigint FROM gone";

    final UUID id;
    final int lane;
    /** As it lies in the database. */
    private JobState stored;

    JobState state;
    int marks;
    int priority;
    long due;
    long token;
    int attempt;
    int snoozes;
    int rescues;
    long started;

    @Nullable
    RunEnd ended;
    /** The token of the run whose failure is the last one. */
    @Nullable
    Long failed;

    long expires;

    @Nullable
    Long keepFor;

    /** Its arrival. */
    final long seq;
    /** Of a job with a group, or whose key stays taken after its end; otherwise none. */
    final Keys keys;
    /** How long after its parents are done it is due; null where they are, or its due time is fixed. */
    @Nullable
    Long delay;

    @Nullable
    UUID session;
    /** Who runs it, or ran it successfully; null when nobody did. */
    @Nullable
    String worker;

    long finished;
    long keepUntil = Micros.NEVER;

    @Nullable
    CancelReason reason;

    byte @Nullable [] result;

    private Job(ResultSet row) throws SQLException {
        id = Sql.uuid(row, 1);
        lane = row.getInt(2);
        state = Codes.state(row.getInt(3));
        stored = state;
        marks = row.getInt(4);
        priority = row.getInt(5);
        due = row.getLong(6);
        token = row.getLong(7);
        attempt = row.getInt(8);
        snoozes = row.getInt(9);
        rescues = row.getInt(10);
        started = time(row, 11);
        Long end = Sql.longOrNull(row, 12);
        ended = end == null ? null : Codes.end(end.intValue());
        failed = Sql.longOrNull(row, 13);
        expires = time(row, 14);
        keepFor = Sql.longOrNull(row, 15);
        seq = row.getLong(16);
        keys = Keys.decode(row.getString(17));
        delay = Sql.longOrNull(row, 18);
        session = row.getObject(19, UUID.class);
        worker = row.getString(20);
        finished = time(row, 21);
        Long why = Sql.longOrNull(row, 22);
        reason = why == null ? null : Codes.reason(why.intValue());
    }

    /** The unfinished ones of these jobs, locked in the order of their ids. */
    static List<Job> unfinished(Tx tx, Collection<UUID> ids) throws SQLException {
        return known(tx, tx.sql.rows(LOAD + "WHERE j.id = ANY (?) ORDER BY j.id FOR UPDATE OF j", Job::new, (Object)
                sorted(ids)));
    }

    /** The finished ones of these jobs, locked in the order of their ids. */
    static List<Job> finished(Tx tx, Collection<UUID> ids) throws SQLException {
        return known(
                tx, tx.sql.rows(LOAD_ENDED + "WHERE j.id = ANY (?) ORDER BY j.id FOR UPDATE OF j", Job::new, (Object)
                        sorted(ids)));
    }

    /** Those of these jobs that nobody runs and that have not ended, locked in the order of their ids. */
    static List<Job> waiting(Tx tx, Collection<UUID> ids) throws SQLException {
        return known(
                tx,
                tx.sql.rows(
                        LOAD + "WHERE j.id = ANY (?) AND j.state + 0 <> 3 ORDER BY j.id FOR UPDATE OF j",
                        Job::new,
                        (Object) sorted(ids)));
    }

    /** A group is found by its queue's name, which another process may have added. */
    private static List<Job> known(Tx tx, List<Job> jobs) throws SQLException {
        for (Job job : jobs) {
            if (job.marked(Marks.GROUP)) {
                tx.lane(job.lane);
            }
        }
        return jobs;
    }

    /** All of these jobs, locked: one that ends or is run again meanwhile is waited for and found where it went. */
    static List<Job> all(Tx tx, Collection<UUID> ids) throws SQLException {
        List<Job> jobs = new ArrayList<>();
        List<UUID> missing = new ArrayList<>(ids);
        for (int look = 0; look < 2 && !missing.isEmpty(); look++) {
            jobs.addAll(unfinished(tx, missing));
            jobs.forEach(job -> missing.remove(job.id));
            jobs.addAll(finished(tx, missing));
            jobs.forEach(job -> missing.remove(job.id));
        }
        return jobs;
    }

    /**
     * The job that this run owns, locked; null when another owns it by now, which is not touched then. A row that is older than
     * the run can only be met by a transaction whose snapshot is: the server refuses to lock it.
     */
    static @Nullable Job owned(Tx tx, RunRef run) throws SQLException {
        List<Job> found = tx.sql.rows(
                LOAD + "WHERE j.id = ? AND (j.state = 3 AND j.token = ? OR j.token < ?) FOR UPDATE OF j",
                Job::new,
                run.job(),
                run.token(),
                run.token());
        return found.isEmpty() ? null : known(tx, found).get(0);
    }

    /** Unfinished jobs that a condition finds, locked; those that another transaction has locked are passed over. */
    static List<Job> select(Tx tx, String condition, @Nullable Object... values) throws SQLException {
        return known(tx, tx.sql.rows(LOAD + condition + " FOR UPDATE OF j SKIP LOCKED", Job::new, values));
    }

    static UUID[] sorted(Collection<UUID> ids) {
        UUID[] sorted = ids.toArray(UUID[]::new);
        Arrays.sort(sorted, ID_ORDER);
        return sorted;
    }

    boolean marked(int mark) {
        return (marks & mark) != 0;
    }

    void mark(int mark, boolean set) {
        marks = set ? marks | mark : marks & ~mark;
    }

    boolean expired(long now) {
        return expires <= now;
    }

    /** Writes the row where it belongs when the transaction is flushed, and counts its change of state. */
    void save(Tx tx) {
        int code = Codes.of(state);
        Long start = orNull(started);
        Integer end = Codes.ofNullable(ended);
        if (stored.finished()) {
            tx.later(REVIVE, id, code, marks, priority, due, token, attempt, snoozes, rescues, start, end, failed);
        } else if (state.finished()) {
            tx.later(
                    END,
                    id,
                    code,
                    marks,
                    priority,
                    due,
                    token,
                    attempt,
                    snoozes,
                    rescues,
                    start,
                    end,
                    failed,
                    Codes.ofNullable(reason),
                    state == Ring.STATE && keepFor == null && (marks & (Marks.MEMBER | Marks.KEPT)) == 0,
                    finished,
                    keepUntil,
                    worker,
                    result);
        } else {
            tx.later(
                    SAVE, code, marks, priority, due, token, attempt, snoozes, rescues, session, start, end, failed,
                    id);
        }
        if (stored != state) {
            tx.count(lane, stored, -1);
            tx.count(lane, state, 1);
            stored = state;
        }
    }

    /** Deletes the row from where it lies. */
    void delete(Tx tx) {
        tx.later(stored.finished() ? "DELETE FROM @history WHERE id = ?" : "DELETE FROM @job WHERE id = ?", id);
        tx.count(lane, stored, -1);
    }

    /** A time, with {@link Micros#NEVER} for NULL. */
    static long time(ResultSet row, int column) throws SQLException {
        Long time = Sql.longOrNull(row, column);
        return time == null ? Micros.NEVER : time;
    }

    static @Nullable Long orNull(long micros) {
        return micros == Micros.NEVER ? null : (Long) micros;
    }
}
