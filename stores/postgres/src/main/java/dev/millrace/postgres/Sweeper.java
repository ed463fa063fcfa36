package dev.millrace.postgres;

import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Upkeep, each part in a short transaction of its own; two at once pass over each other's rows. */
final class Sweeper {
    static final String PROMOTE = Sql.AT_TIME + """
            , due AS MATERIALIZED (
              SELECT id FROM @job WHERE state = 1 AND due <= (SELECT now FROM t) AND marks & GATED = 0
              ORDER BY due, seq LIMIT ? FOR UPDATE SKIP LOCKED),
            moved AS (UPDATE @job AS j SET state = 2 WHERE j.id = ANY (ARRAY(SELECT id FROM due)) RETURNING j.lane),
            counted AS (
              INSERT INTO @tally (lane, scheduled, ready) SELECT lane, -count(*), count(*) FROM moved GROUP BY lane)
            SELECT count(*) FROM moved
            """.replace("GATED", Integer.toString(Marks.GROUP));
    /** How many changes of the statistics are folded at once. */
    private static final int FOLDED = 20_000;

    private static final String FOLD = """
            WITH part AS MATERIALIZED (SELECT ctid AS place FROM @tally LIMIT FOLDED FOR UPDATE SKIP LOCKED),
            gone AS (DELETE FROM @tally AS t WHERE t.ctid = ANY (ARRAY(SELECT place FROM part)) RETURNING t.*),
            sums AS (
              SELECT lane, sum(blocked) AS blocked, sum(scheduled) AS scheduled, sum(ready) AS ready, sum(running) AS running,
                sum(succeeded) AS succeeded, sum(failed) AS failed, sum(cancelled) AS cancelled
              FROM gone GROUP BY lane ORDER BY lane),
            folded AS (
              INSERT INTO @total AS o (lane, blocked, scheduled, ready, running, succeeded, failed, cancelled)
              SELECT * FROM sums ON CONFLICT (lane) DO UPDATE SET
                blocked = o.blocked + excluded.blocked, scheduled = o.scheduled + excluded.scheduled,
                ready = o.ready + excluded.ready, running = o.running + excluded.running,
                succeeded = o.succeeded + excluded.succeeded, failed = o.failed + excluded.failed,
                cancelled = o.cancelled + excluded.cancelled
              RETURNING lane)
            SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM folded)
            """.replace("FOLDED", Integer.toString(FOLDED));
    private static final String CLOSE_SILENT = """
            UPDATE @session SET closed = ? WHERE id = ANY (ARRAY(
              SELECT id FROM @session WHERE closed IS NULL AND heard < ? FOR UPDATE SKIP LOCKED))
            """;
    private static final String FORGET_IDS = """
            DELETE FROM @tombstone WHERE id = ANY (ARRAY(
              SELECT id FROM @tombstone WHERE until <= ? ORDER BY until LIMIT ? FOR UPDATE SKIP LOCKED))
            """;
    private static final String FORGET_NOTES = """
            DELETE FROM @note WHERE ctid = ANY (ARRAY(
              SELECT ctid FROM @note WHERE expires IS NOT NULL AND expires <= ? ORDER BY expires LIMIT ? FOR UPDATE SKIP LOCKED))
            RETURNING space, name
            """;
    private static final String FORGET_SESSIONS = """
            DELETE FROM @session WHERE id = ANY (ARRAY(
              SELECT s.id FROM @session AS s WHERE s.closed < ?
                AND NOT EXISTS (SELECT 1 FROM @job AS j WHERE j.state = 3 AND j.session = s.id)
              LIMIT ? FOR UPDATE OF s SKIP LOCKED))
            """;
    private static final long NEVER = Long.MIN_VALUE / 2;
    private static final String LAST_SWEEP = "last_sweep";
    private static final String RESCUE_NOT_BEFORE = "rescue_not_before";

    private final Calls calls;
    private final Purge purge;
    /** When all chores were done last and nothing was left, by the store's clock. */
    private volatile long lastAll = NEVER;

    Sweeper(Calls calls) {
        this.calls = calls;
        this.purge = new Purge(calls);
    }

    SweepReport sweep(Sweep sweep) {
        boolean ended = calls.heardOfEnds();
        Chores chores = calls.run(sql -> Chores.look(sql, calls.moved(), Spans.micros(sweep.lease())));
        calls.limits().compare(chores.limits());
        if (chores.none() && !ended && !chores.overdue(lastAll)) {
            return new SweepReport(0, 0, 0, 0, false);
        }
        lastAll = NEVER; // until all has gone well
        SweepReport report = all(sweep, chores);
        lastAll = report.more() ? NEVER : chores.now();
        return report;
    }

    private SweepReport all(Sweep sweep, Chores chores) {
        // first, so that under load, when what follows may fail, the changes do not pile up
        long[] folded = new long[1];
        calls.run(sql -> {
            new Pipeline().add(FOLD, row -> folded[0] = row.getLong(1)).run(sql);
            return true;
        });
        long[] promoted = new long[1];
        calls.run(sql -> {
            new Pipeline()
                    .add(PROMOTE, row -> promoted[0] = row.getLong(1), calls.moved(), sweep.limit())
                    .run(sql);
            return true;
        });
        int grouped = chores.delivering() ? calls.transact(tx -> Groups.promote(tx, sweep.limit())) : 0;
        int rescued = calls.transact(tx -> {
            closeSilent(tx, Spans.micros(sweep.lease()));
            return rescue(tx, sweep.limit());
        });
        int expired = calls.transact(tx -> Expiry.cancel(tx, sweep.limit(), sweep.limit()));
        Flow.Delivered delivered = calls.flow().deliver();
        int purged = purge.one(sweep.limit());
        int forgotten = calls.transact(tx -> forget(tx, sweep.limit()));
        // last, since it takes a connection of its own, which may not be had
        purged += purge.whole(sweep.limit());
        if (promoted[0] > 0) {
            calls.ring(EnumSet.of(Signal.READY));
        }
        long most = Math.max(
                Math.max(Math.max(promoted[0], grouped), rescued), Math.max(Math.max(expired, purged), forgotten));
        boolean more =
                most >= sweep.limit() || folded[0] >= FOLDED || calls.flow().goesOn(delivered);
        return new SweepReport((int) promoted[0] + grouped, rescued, expired, purged, more);
    }

    /**
     * Closes sessions not heard of for a lease. After a pause in sweeping longer than that (an outage, a suspended machine),
     * live sessions first get one lease to be heard.
     */
    private static void closeSilent(Tx tx, long lease) throws SQLException {
        tx.sql.update(
                "INSERT INTO @meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", RESCUE_NOT_BEFORE, 0L);
        // its row is locked until the end; where another sweep decides at this moment, it decides for both
        long wait = meta(tx, RESCUE_NOT_BEFORE, " FOR UPDATE SKIP LOCKED");
        if (wait == Long.MIN_VALUE) {
            return;
        }
        long lastSweep = meta(tx, LAST_SWEEP, "");
        if (lastSweep == Long.MIN_VALUE || tx.now() - lastSweep > lease) {
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
        tx.sql.update(CLOSE_SILENT, tx.now(), tx.now() - lease);
    }

    /**
     * Takes back what closed or unknown sessions hold. A job may change hands between the statement's look at the sessions and
     * its lock, so whose it is now is asked once more when it is locked: then nobody else can claim it.
     */
    private static int rescue(Tx tx, int limit) throws SQLException {
        List<Job> orphans = Job.select(
                tx,
                "WHERE j.state = 3 AND NOT EXISTS (SELECT 1 FROM @session AS o WHERE o.id = j.session AND o.closed IS NULL)"
                        + " LIMIT ?",
                limit);
        if (orphans.isEmpty()) {
            return 0;
        }
        UUID[] holders = orphans.stream()
                .map(job -> job.session)
                .filter(Objects::nonNull)
                .distinct()
                .toArray(UUID[]::new);
        Set<UUID> live = new HashSet<>(tx.sql.rows(
                "SELECT id FROM @session WHERE id = ANY (?) AND closed IS NULL", row -> Sql.uuid(row, 1), (Object)
                        holders));
        orphans.removeIf(job -> job.session != null && live.contains(job.session));
        for (Job job : orphans) {
            Endings.rescue(tx, job);
        }
        return orphans.size();
    }

    /** Forgets deleted ids, notes, sessions and buckets that are past; says how many of the kind there were most of. */
    private static int forget(Tx tx, int limit) throws SQLException {
        int forgotten = tx.sql.update(FORGET_IDS, tx.now(), limit);
        int notes = tx.sql
                .rows(
                        FORGET_NOTES,
                        row -> LimitNotes.forgotten(tx, Sql.textOrEmpty(row, 1), Sql.textOrEmpty(row, 2)),
                        tx.now(),
                        limit)
                .size();
        int sessions = tx.sql.update(FORGET_SESSIONS, tx.now() - Moves.HOUR, limit);
        int buckets = Buckets.dropFull(tx, limit);
        return Math.max(Math.max(forgotten, buckets), Math.max(notes, sessions));
    }

    private static long meta(Tx tx, String name, String lock) throws SQLException {
        @Nullable
        Long value = tx.sql.first("SELECT value FROM @meta WHERE name = ?" + lock, row -> (Long) row.getLong(1), name);
        return value == null ? Long.MIN_VALUE : value;
    }

    private static void putMeta(Tx tx, String name, long value) throws SQLException {
        tx.sql.update(
                "INSERT INTO @meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                name,
                value);
    }
}
