package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Upkeep: promotes, rescues, expires and purges, a bounded number of each. */
final class Sweeper {
    /** The most that an exchange promotes on its way. */
    static final int ON_THE_WAY = 1_000;

    private static final String LAST_SWEEP = "last_sweep";
    private static final String RESCUE_NOT_BEFORE = "rescue_not_before";

    private Sweeper() {}

    /**
     * Sweeps.
     *
     * @param dead sessions of whose death the operating system has told
     */
    static SweepReport sweep(Tx tx, Sweep sweep, List<UUID> dead) throws SQLException {
        tx.limits.refresh();
        int promoted = goOn(tx, sweep.limit());
        for (UUID session : dead) {
            Sessions.close(tx, session);
        }
        closeSilent(tx, Spans.micros(sweep.lease()));
        int rescued = rescue(tx, sweep.limit());
        int expired = Expiry.cancel(tx, sweep.limit());
        tx.flush();
        int purged = purge(tx, sweep.limit());
        int forgotten = tidy(tx, sweep.limit());
        tx.outbox.work();
        int most = Math.max(Math.max(promoted, rescued), Math.max(Math.max(expired, purged), forgotten));
        return new SweepReport(promoted, rescued, expired, purged, most >= sweep.limit() || tx.outbox.due());
    }

    /** Deletes what is of no use any more; says how many tombstones. */
    private static int tidy(Tx tx, int limit) throws SQLException {
        int forgotten = tx.sql.update(
                "DELETE FROM millrace_tombstone WHERE id IN (SELECT id FROM millrace_tombstone WHERE until <= ? LIMIT ?)",
                tx.now(),
                limit);
        NotesTable.dropExpired(tx);
        tx.sql.update("DELETE FROM millrace_count WHERE n = 0");
        Keyring.dropOver(tx, limit);
        Groups.dropIdle(tx, limit);
        QueueRates.dropFull(tx);
        return forgotten;
    }

    /** Makes due jobs READY, as their groups let them, and goes on with the outbox; says how many passed the gate of time. */
    static int goOn(Tx tx, int limit) throws SQLException {
        tx.outbox.work();
        int promoted = promote(tx, limit);
        tx.outbox.work();
        return promoted;
    }

    private record Due(long lane, long grouped) {}

    /** Lets due jobs pass the gate of time, those first that were due first. */
    private static int promote(Tx tx, int limit) throws SQLException {
        int due = (int) tx.sql.number("""
                SELECT EXISTS (SELECT 1 FROM millrace_job INDEXED BY millrace_job_scheduled WHERE state = 1 AND due <= ?1)
                  + 2 * EXISTS (SELECT 1 FROM millrace_outbox INDEXED BY millrace_outbox_at WHERE at <= ?1)
                """, tx.now());
        if ((due & 2) != 0) {
            tx.outbox.drain();
        }
        if ((due & 1) == 0) {
            return 0;
        }
        List<Due> passed = tx.sql.rows("""
                UPDATE millrace_job SET state = CASE WHEN marks & 512 = 0 THEN 2 ELSE 1 END
                WHERE seq IN (SELECT seq FROM millrace_job INDEXED BY millrace_job_scheduled
                  WHERE state = 1 AND due <= ? ORDER BY due, seq LIMIT ?)
                RETURNING lane, CASE WHEN marks & 512 = 0 THEN 0 ELSE seq END
                """, row -> new Due(row.getLong(1), row.getLong(2)), tx.now(), limit);
        List<Job> grouped = new ArrayList<>();
        for (Due each : passed) {
            if (each.grouped > 0) {
                grouped.add(Job.bySeq(tx, each.grouped));
            } else {
                tx.count(each.lane, JobState.SCHEDULED, -1);
                tx.count(each.lane, JobState.READY, 1);
            }
        }
        grouped.sort(Job.CLAIM_ORDER);
        for (Job job : grouped) {
            Moves.move(tx, job, Transition.PROMOTE);
        }
        tx.signal(Signal.READY);
        return passed.size();
    }

    /**
     * Closes sessions not heard of for a lease. After a pause in sweeping longer than that (an outage, a suspended machine),
     * live sessions first get one lease to be heard.
     */
    private static void closeSilent(Tx tx, long lease) throws SQLException {
        Long lastSweep = meta(tx, LAST_SWEEP);
        Long rescueNotBefore = meta(tx, RESCUE_NOT_BEFORE);
        long wait = rescueNotBefore == null ? Long.MIN_VALUE : rescueNotBefore;
        if (lastSweep == null || tx.now() - lastSweep > lease) {
            wait = tx.now() + lease;
            putMeta(tx, RESCUE_NOT_BEFORE, wait);
        }
        putMeta(tx, LAST_SWEEP, tx.now());
        if (tx.now() < wait) {
            if (wait > tx.now() + lease) {
                // A clock that was set back must not keep rescue waiting for longer than a lease.
                putMeta(tx, RESCUE_NOT_BEFORE, tx.now() + lease);
            }
            return;
        }
        tx.sql.update(
                "UPDATE millrace_session SET closed = ?1 WHERE closed IS NULL AND ?1 - heard > ?2", tx.now(), lease);
    }

    /** Takes back what closed or unknown sessions hold. */
    private static int rescue(Tx tx, int limit) throws SQLException {
        List<Job> orphans = Job.select(tx, """
                INDEXED BY millrace_job_running WHERE state = 3 AND session IN (
                  SELECT DISTINCT session FROM millrace_job INDEXED BY millrace_job_running WHERE state = 3
                  EXCEPT SELECT sid FROM millrace_session WHERE closed IS NULL)
                LIMIT ?
                """, limit);
        for (Job job : orphans) {
            Settles.rescue(tx, job);
        }
        return orphans.size();
    }

    /** Deletes finished jobs that were kept long enough, and the oldest above the most that are kept. */
    private static int purge(Tx tx, int limit) throws SQLException {
        int purged = 0;
        for (JobState state : List.of(JobState.SUCCEEDED, JobState.CANCELLED, JobState.FAILED)) {
            int code = Codes.of(state);
            long count = tx.sql.number("SELECT sum(n) FROM millrace_count WHERE state = ?", code);
            long tooMany = state == JobState.FAILED ? 0 : Math.max(0, count - tx.retention.most());
            List<Job> old = Job.select(
                    tx,
                    "INDEXED BY millrace_job_kept WHERE state = " + code
                            + " AND keep_until <= ? ORDER BY keep_until, seq LIMIT ?",
                    tx.now(),
                    limit - purged);
            if (old.size() < Math.min(tooMany, limit - purged)) {
                old = Job.select(
                        tx,
                        "INDEXED BY millrace_job_kept WHERE state = " + code
                                + " AND keep_until IS NOT NULL ORDER BY keep_until, seq LIMIT ?",
                        Math.min(tooMany, limit - purged));
            }
            for (Job job : old) {
                Moves.delete(tx, job);
            }
            purged += old.size();
        }
        return purged;
    }

    private static @Nullable Long meta(Tx tx, String name) throws SQLException {
        return tx.sql.longOrNull("SELECT value FROM millrace_meta WHERE name = ?", name);
    }

    private static void putMeta(Tx tx, String name, long value) throws SQLException {
        tx.sql.update("INSERT OR REPLACE INTO millrace_meta (name, value) VALUES (?, ?)", name, value);
    }
}
