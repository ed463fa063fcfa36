package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.Claim.Queues;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Transition;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How runs begin: one statement takes the picked jobs and returns what a plain job consists of, in as few columns as can be,
 * since each column read costs a call into SQLite. The small numbers of a plain job travel in one; a job whose numbers do not
 * fit, or that is not plain, is read again.
 */
final class Claims {
    private static final String TAKE =
            """
            UPDATE millrace_job SET state = 3, token = token + 1, attempt = attempt + 1, session = ?1, exchange = ?2, started = ?3,
              ended = NULL
            WHERE seq IN (
            """;
    /** What is not plain, or does not fit, is -1; else priority in 11 bits, attempt in 20, token in 32. */
    private static final String GIVE =
            """
            ) RETURNING seq, id, lane, due, created, payload,
              CASE WHEN marks | snoozes | rescues | (attempt >> 20) | (token >> 32) <> 0
                OR expires IS NOT NULL OR options IS NOT NULL OR keep_for IS NOT NULL THEN -1
              ELSE (priority + 1000) | (attempt << 11) | (token << 31) END
            """;
    private static final String TAKE_LANE = TAKE
            + """
              SELECT seq FROM millrace_job INDEXED BY millrace_job_ready WHERE state = 2 AND rescues = 0 AND lane = ?4
              AND priority >= ?5 ORDER BY priority DESC, due, seq LIMIT ?6
            """
            + GIVE;
    private static final String TAKE_PICKED = TAKE + "SELECT value FROM json_each(?4)" + GIVE;

    private static final Comparator<Taken> ORDER = Comparator.<Taken>comparingInt(
                    taken -> -taken.job.spec().priority())
            .thenComparing(taken -> taken.job.times().dueAt())
            .thenComparingLong(Taken::seq);

    private Claims() {}

    private record Taken(long seq, long lane, ClaimedJob job) {}

    static List<ClaimedJob> claim(Tx tx, long session, long exchange, Claim claim) throws SQLException {
        if (claim instanceof Claim.Next next && next.limit() > 0) {
            return next(tx, session, exchange, next);
        }
        return claim instanceof Claim.One one ? one(tx, session, exchange, one) : List.of();
    }

    private static List<ClaimedJob> next(Tx tx, long session, long exchange, Claim.Next next) throws SQLException {
        boolean mayBeExpired = Expiry.cancelSome(tx);
        tx.flush();
        List<List<Long>> groups = lanes(tx, next);
        if (groups.isEmpty()) {
            return List.of();
        }
        Heads heads = new Heads(tx, next, mayBeExpired ? tx.now() : 0);
        if (groups.size() == 1 && groups.get(0).size() == 1 && heads.onlyPlain() && !mayBeExpired) {
            PreparedStatement statement = tx.sql.prepare(TAKE_LANE);
            statement.setLong(4, groups.get(0).get(0));
            statement.setInt(5, next.minPriority());
            statement.setInt(6, next.limit());
            List<Taken> taken = take(tx, statement, session, exchange, JobState.READY);
            taken.sort(ORDER);
            return jobs(taken);
        }
        List<Long> picked = new ArrayList<>();
        for (List<Long> lanes : groups) {
            heads.take(lanes, picked);
        }
        return takePicked(tx, session, exchange, picked, JobState.READY);
    }

    /** Lanes that have READY jobs and fit the claim: those within one list are claimed from in one order. */
    private static List<List<Long>> lanes(Tx tx, Claim.Next next) throws SQLException {
        List<Long> ready = tx.sql.rows("SELECT lane FROM millrace_count WHERE state = 2 AND n > 0", row -> row.getLong(1));
        Map<String, List<Long>> byQueue = new HashMap<>();
        List<Long> all = new ArrayList<>();
        for (long lane : ready) {
            Lanes.Name name = tx.lanes.name(lane);
            boolean excepted = next.queues() instanceof Queues.AllBut allBut && allBut.except().contains(name.queue());
            if (next.kinds().contains(name.kind()) && !excepted) {
                byQueue.computeIfAbsent(name.queue(), any -> new ArrayList<>()).add(lane);
                all.add(lane);
            }
        }
        if (next.queues() instanceof Queues.InOrder inOrder) {
            List<List<Long>> ordered = new ArrayList<>();
            for (String queue : inOrder.names()) {
                List<Long> lanes = byQueue.remove(queue);
                if (lanes != null) {
                    ordered.add(lanes);
                }
            }
            return ordered;
        }
        return all.isEmpty() ? List.of() : List.of(all);
    }

    private static List<ClaimedJob> one(Tx tx, long session, long exchange, Claim.One one) throws SQLException {
        Job job = Job.byId(tx, one.job());
        if (job == null || !one.kinds().contains(tx.lanes.name(job.lane).kind())) {
            return List.of();
        }
        if (job.state != JobState.READY && job.state != JobState.SCHEDULED) {
            return List.of();
        }
        if (job.expired(tx.now())) {
            Moves.move(tx, job, Transition.EXPIRE);
            return List.of();
        }
        return takePicked(tx, session, exchange, List.of(job.seq), job.state);
    }

    private static List<ClaimedJob> takePicked(Tx tx, long session, long exchange, List<Long> picked, JobState from)
            throws SQLException {
        if (picked.isEmpty()) {
            return List.of();
        }
        PreparedStatement statement = tx.sql.prepare(TAKE_PICKED);
        statement.setString(4, picked.toString());
        List<Taken> taken = take(tx, statement, session, exchange, from);
        Map<Long, Integer> places = new HashMap<>();
        picked.forEach(seq -> places.put(seq, places.size()));
        taken.sort(Comparator.comparing(each -> places.get(each.seq)));
        return jobs(taken);
    }

    private static List<Taken> take(Tx tx, PreparedStatement statement, long session, long exchange, JobState from)
            throws SQLException {
        statement.setLong(1, session);
        statement.setLong(2, exchange);
        statement.setLong(3, tx.now());
        List<Taken> taken = new ArrayList<>();
        List<Long> rich = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            long lane = -1;
            Lanes.Name name = new Lanes.Name("", "");
            while (rows.next()) {
                long seq = rows.getLong(1);
                if (rows.getLong(3) != lane) {
                    lane = rows.getLong(3);
                    name = tx.lanes.name(lane);
                }
                long packed = rows.getLong(7);
                if (packed < 0) {
                    rich.add(seq);
                } else {
                    taken.add(new Taken(seq, lane, plain(rows, name, packed)));
                }
            }
        }
        if (!rich.isEmpty()) {
            for (Map.Entry<Long, ClaimedJob> entry : Records.claimed(tx.sql, rich).entrySet()) {
                JobSpec spec = entry.getValue().spec();
                taken.add(new Taken(entry.getKey(), tx.lanes.number(spec.queue(), spec.kind()), entry.getValue()));
            }
        }
        count(tx, taken, from);
        return taken;
    }

    private static ClaimedJob plain(ResultSet rows, Lanes.Name name, long packed) throws SQLException {
        int priority = (int) (packed & 0x7ff) - 1_000;
        int attempt = (int) (packed >> 11) & 0xfffff;
        long token = packed >> 31;
        JobSpec spec = new JobSpec(
                Ids.uuid(rows.getBytes(2)),
                name.kind(),
                name.queue(),
                priority,
                Statements.blob(rows, 6),
                "",
                Labels.NONE,
                Keys.NONE,
                null);
        return new ClaimedJob(
                spec,
                token,
                new ClaimedJob.History(attempt, 0, 0),
                new ClaimedJob.Times(Micros.instant(rows.getLong(5)), Micros.instant(rows.getLong(4)), null),
                Map.of());
    }

    private static void count(Tx tx, List<Taken> taken, JobState from) {
        Map<Long, Integer> lanes = new HashMap<>();
        for (Taken each : taken) {
            lanes.merge(each.lane, 1, Integer::sum);
        }
        lanes.forEach((lane, number) -> {
            tx.count(lane, from, -number);
            tx.count(lane, JobState.RUNNING, number);
        });
    }

    private static List<ClaimedJob> jobs(List<Taken> taken) {
        List<ClaimedJob> jobs = new ArrayList<>(taken.size());
        taken.forEach(each -> jobs.add(each.job));
        return jobs;
    }
}
