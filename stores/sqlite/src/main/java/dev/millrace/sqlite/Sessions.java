package dev.millrace.sqlite;

import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Store.Signal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who works here: sessions and what they ask for. */
final class Sessions {
    private static final long HOUR = 3_600_000_000L;

    private Sessions() {}

    static void open(Tx tx, SessionOpening opening) throws SQLException {
        tx.sql.update("""
                INSERT INTO millrace_session (id, worker, status, opened, heard) VALUES (?1, ?2, ?3, ?4, ?4)
                ON CONFLICT (id) DO UPDATE SET worker = ?2, status = ?3
                """, opening.id(), opening.worker(), opening.status(), tx.now());
    }

    static boolean close(Tx tx, UUID session) throws SQLException {
        return tx.sql.update(
                        "UPDATE millrace_session SET closed = ? WHERE id = ? AND closed IS NULL", tx.now(), session)
                > 0;
    }

    static boolean command(Tx tx, UUID session, SessionCommand command) throws SQLException {
        tx.signal(Signal.CONTROL);
        return tx.sql.update(
                        "UPDATE millrace_session SET command = ? WHERE id = ? AND closed IS NULL",
                        command.name(),
                        session)
                > 0;
    }

    static ExchangeReply exchange(Tx tx, Exchange exchange) throws SQLException {
        List<SettleAnswer> answers = Settles.settle(tx, exchange.settlements());
        Sweeper.goOn(tx, Sweeper.ON_THE_WAY);
        Long session = tx.sql.longOrNull(
                "SELECT sid FROM millrace_session WHERE id = ? AND closed IS NULL", exchange.session());
        List<ClaimedJob> claimed =
                session == null ? List.of() : Claims.claim(tx, session, exchange.number(), exchange.claim());
        tx.outbox.work();
        return new ExchangeReply(
                session != null, answers, claimed, Micros.instant(tx.now()), Micros.orNull(nextDue(tx)));
    }

    /** When a SCHEDULED job falls due, something in the outbox does, or a token comes that READY jobs wait for. */
    private static long nextDue(Tx tx) throws SQLException {
        Long next = tx.sql.longOrNull("""
                SELECT min(at) FROM (
                  SELECT min(due) AS at FROM millrace_job INDEXED BY millrace_job_scheduled WHERE state = 1
                  UNION ALL SELECT min(at) FROM millrace_outbox INDEXED BY millrace_outbox_at)
                """);
        long due = next == null ? Micros.NEVER : next;
        if (tx.limits.rates(tx.now()).isEmpty()) {
            return due;
        }
        tx.flush();
        return Math.min(due, QueueRates.nextClaim(tx));
    }

    static BeatReply beat(Tx tx, Beat beat) throws SQLException {
        int renewed = tx.sql.update(
                "UPDATE millrace_session SET heard = ?, status = ? WHERE id = ? AND closed IS NULL",
                tx.now(),
                beat.status(),
                beat.session());
        if (renewed == 0) {
            return BeatReply.closed(Micros.instant(tx.now()));
        }
        for (Beat.RunReport each : beat.reports()) {
            Job job = Job.running(tx, each.run().job(), each.run().token());
            if (job != null) {
                Aside.tell(tx, job, each.report());
                job.save(tx);
            }
        }
        return reply(tx, beat.session());
    }

    private static BeatReply reply(Tx tx, UUID session) throws SQLException {
        tx.limits.refresh();
        tx.flush();
        List<RunRef> cancelled = new ArrayList<>();
        List<BeatReply.Held> held = tx.sql.rows(
                """
                SELECT id, queue, token, exchange, marks
                FROM millrace_job INDEXED BY millrace_job_running JOIN millrace_lane USING (lane)
                WHERE state = 3 AND session = (SELECT sid FROM millrace_session WHERE id = ?)
                """,
                row -> {
                    RunRef run = new RunRef(Ids.uuid(row.getBytes(1)), row.getString(2), row.getLong(3));
                    if ((row.getInt(5) & Marks.CANCEL) != 0) {
                        cancelled.add(run);
                    }
                    return new BeatReply.Held(run, row.getLong(4));
                },
                session);
        String command = tx.sql.text("SELECT command FROM millrace_session WHERE id = ?", session);
        boolean claimable = QueueRates.anyClaimable(tx);
        return new BeatReply(true, cancelled, held, command(command), claimable, Micros.instant(tx.now()));
    }

    private static @Nullable SessionCommand command(String name) {
        for (SessionCommand command : SessionCommand.values()) {
            if (command.name().equals(name)) {
                return command;
            }
        }
        return null;
    }

    static boolean checkpoint(Tx tx, RunRef run, String step, byte[] value) throws SQLException {
        Job job = Job.running(tx, run.job(), run.token());
        if (job == null) {
            return false;
        }
        tx.sql.update("INSERT OR REPLACE INTO millrace_step (seq, name, value) VALUES (?, ?, ?)", job.seq, step, value);
        if (!job.marked(Marks.STEPS)) {
            job.marks |= Marks.STEPS;
            job.save(tx);
        }
        return true;
    }

    /** Sessions that are open, were closed in the last hour, or hold claims. */
    static List<SessionRecord> list(Statements sql, long now) throws SQLException {
        return sql.rows(
                """
                SELECT s.id, s.worker, s.status, s.opened, s.heard, s.closed, coalesce(c.claims, 0)
                FROM millrace_session AS s
                LEFT JOIN (SELECT session, count(*) AS claims FROM millrace_job INDEXED BY millrace_job_running
                  WHERE state = 3 GROUP BY session) AS c
                  ON c.session = s.sid
                WHERE s.closed IS NULL OR s.closed > ? OR c.claims IS NOT NULL
                ORDER BY s.opened, s.sid
                """,
                row -> new SessionRecord(
                        Ids.uuid(row.getBytes(1)),
                        Statements.textOrEmpty(row, 2),
                        Statements.textOrEmpty(row, 3),
                        Micros.instant(row.getLong(4)),
                        Micros.instant(row.getLong(5)),
                        Micros.orNull(Job.time(row, 6)),
                        row.getInt(7)),
                now - HOUR);
    }
}
