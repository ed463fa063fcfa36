package dev.millrace.postgres;

import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Workers' registrations. A beat without news is one round trip. */
final class Sessions {
    private static final String OPEN = Sql.AT_TIME + """
            INSERT INTO @session (id, worker, status, opened, heard) SELECT ?::uuid, ?::text, ?::text, now, now FROM t
            ON CONFLICT (id) DO UPDATE SET worker = excluded.worker, status = excluded.status
            """;
    private static final String CLOSE = Sql.AT_TIME + """
            UPDATE @session AS s SET closed = t.now FROM t WHERE s.id = ? AND s.closed IS NULL
            """;
    private static final String RENEW =
            Sql.AT_TIME + """
            , renewed AS (
              UPDATE @session AS s SET heard = t.now, status = ? FROM t WHERE s.id = ? AND s.closed IS NULL RETURNING s.command)
            SELECT t.now, r.command, EXISTS (SELECT 1 FROM @job WHERE state = 2 AND rescues = 0)
              OR EXISTS (SELECT 1 FROM @job WHERE state = 2 AND rescues > 0), EXISTS (SELECT 1 FROM renewed), LIMITS, FLOW
            FROM t LEFT JOIN renewed AS r ON true
            """.replace("LIMITS", Limits.FINGERPRINT).replace("FLOW", Flow.ANY);
    private static final String HELD = """
            SELECT id, lane, token, exchange, marks FROM @job
            WHERE state = 3 AND session = ? AND EXISTS (SELECT 1 FROM @session WHERE id = ? AND closed IS NULL)
            """;

    private final Calls calls;

    Sessions(Calls calls) {
        this.calls = calls;
    }

    void open(SessionOpening opening) {
        calls.run(sql -> sql.update(
                OPEN, calls.moved(), opening.id(), Sql.clean(opening.worker()), Sql.clean(opening.status())));
    }

    boolean close(UUID session) {
        return calls.run(sql -> sql.update(CLOSE, calls.moved(), session)) > 0;
    }

    boolean command(UUID session, SessionCommand command) {
        return calls.run(sql -> sql.update(
                        "UPDATE @session SET command = ? WHERE id = ? AND closed IS NULL", command.name(), session))
                > 0;
    }

    BeatReply beat(Beat beat) {
        BeatReply reply = calls.run(sql -> renew(sql, beat));
        if (!reply.open() || beat.reports().isEmpty()) {
            return reply;
        }
        return reply.leaving(calls.transact(tx -> report(tx, beat.reports())));
    }

    private BeatReply renew(Sql sql, Beat beat) throws SQLException {
        long[] now = new long[1];
        boolean[] open = new boolean[1];
        boolean[] claimable = new boolean[1];
        boolean[] flowing = new boolean[1];
        @Nullable String[] command = new String[1];
        List<RunRef> cancelled = new ArrayList<>();
        List<BeatReply.Held> held = new ArrayList<>();
        new Pipeline()
                .add(
                        RENEW,
                        row -> {
                            now[0] = row.getLong(1);
                            command[0] = row.getString(2);
                            claimable[0] = row.getBoolean(3);
                            open[0] = row.getBoolean(4);
                            calls.limits().compare(row.getString(5));
                            flowing[0] = row.getBoolean(6);
                            return true;
                        },
                        calls.moved(),
                        Sql.clean(beat.status()),
                        beat.session())
                .add(
                        HELD,
                        row -> {
                            String queue =
                                    calls.lanes().name(sql, row.getInt(2)).queue();
                            RunRef run = new RunRef(Sql.uuid(row, 1), queue, row.getLong(3));
                            if ((row.getInt(5) & Marks.CANCEL) != 0) {
                                cancelled.add(run);
                            }
                            return held.add(new BeatReply.Held(run, row.getLong(4)));
                        },
                        beat.session(),
                        beat.session())
                .run(sql);
        if (open[0] && claimable[0]) {
            claimable[0] = RatedLook.claimable(sql, calls, now[0]);
        }
        claimable[0] |= flowing[0];
        return open[0]
                ? new BeatReply(true, cancelled, held, command(command[0]), claimable[0], Micros.instant(now[0]))
                : BeatReply.closed(Micros.instant(now[0]));
    }

    /**
     * Takes in what the runs report that own their jobs, and waits for none of these: a transaction of a handler may have one
     * locked, and the worker that beats does not know yet that it lives.
     *
     * @return the reports of runs whose jobs are locked
     */
    private static List<Beat.RunReport> report(Tx tx, List<Beat.RunReport> reports) throws SQLException {
        UUID[] ids = Job.sorted(
                reports.stream().map(each -> each.run().job()).distinct().toList());
        Map<UUID, Job> jobs = new HashMap<>();
        for (Job job : Job.select(tx, "WHERE j.id = ANY (?) AND j.state = 3", (Object) ids)) {
            jobs.put(job.id, job);
        }
        List<UUID> missing = Stream.of(ids).filter(id -> !jobs.containsKey(id)).toList();
        Set<UUID> locked = missing.isEmpty()
                ? Set.of()
                : Set.copyOf(tx.sql.rows(
                        "SELECT id FROM @job WHERE id = ANY (?) AND state = 3", row -> Sql.uuid(row, 1), (Object)
                                Job.sorted(missing)));
        List<Beat.RunReport> left = new ArrayList<>();
        for (Beat.RunReport each : reports) {
            Job job = jobs.get(each.run().job());
            if (job != null && job.token == each.run().token()) {
                int before = job.marks;
                Aside.tell(tx, job, each.report());
                if (job.marks != before) {
                    tx.later("UPDATE @job SET marks = ? WHERE id = ?", job.marks, job.id);
                }
            } else if (locked.contains(each.run().job())) {
                left.add(each);
            }
        }
        return left;
    }

    private static @Nullable SessionCommand command(@Nullable String name) {
        for (SessionCommand command : SessionCommand.values()) {
            if (command.name().equals(name)) {
                return command;
            }
        }
        return null;
    }

    boolean checkpoint(RunRef run, String step, byte[] value) {
        return calls.run(sql -> {
            boolean[] stored = new boolean[1];
            new Pipeline()
                    .add("""
                            WITH owner AS (
                              UPDATE @job SET marks = marks | ? WHERE id = ? AND state = 3 AND token = ? RETURNING id),
                            kept AS (
                              INSERT INTO @step (id, name, value) SELECT id, ?::text, ?::bytea FROM owner
                              ON CONFLICT (id, name) DO UPDATE SET value = excluded.value)
                            SELECT id FROM owner
                            """, row -> stored[0] = true, Marks.STEPS, run.job(), run.token(), Sql.clean(step), value)
                    .run(sql);
            return stored[0];
        });
    }

    /** Sessions that are open, were closed in the last hour, or hold claims. */
    List<SessionRecord> list() {
        return calls.run(sql -> sql.rows(
                Sql.AT_TIME + """
                SELECT s.id, s.worker, s.status, s.opened, s.heard, s.closed, coalesce(c.claims, 0)
                FROM t, @session AS s
                LEFT JOIN (SELECT session, count(*) AS claims FROM @job WHERE state = 3 GROUP BY session) AS c ON c.session = s.id
                WHERE s.closed IS NULL OR s.closed > t.now - 3600000000 OR c.claims IS NOT NULL
                ORDER BY s.opened, s.id
                """,
                row -> new SessionRecord(
                        Sql.uuid(row, 1),
                        Sql.textOrEmpty(row, 2),
                        Sql.textOrEmpty(row, 3),
                        Micros.instant(row.getLong(4)),
                        Micros.instant(row.getLong(5)),
                        Micros.orNull(Job.time(row, 6)),
                        row.getInt(7)),
                calls.moved()));
    }
}
