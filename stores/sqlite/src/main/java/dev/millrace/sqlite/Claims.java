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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How runs begin: one statement reads what is picked, in as few columns as can be, since each column costs a call into SQLite;
 * another takes it. (One UPDATE with RETURNING would read each whole row twice over.) The small numbers of a plain job travel
 * in one; a job whose numbers do not fit, or that is not plain, is read again, whole.
 */
final class Claims {
    /** What is not plain, or does not fit, is -1; else priority in 11 bits, attempt in 20, token in 32. */
    private static final String READ = """
            SELECT seq, id, lane, due, created, payload,
              CASE WHEN marks | snoozes | rescues | (attempt >> 19) | (token >> 31) <> 0
                OR expires IS NOT NULL OR options IS NOT NULL OR keep_for IS NOT NULL THEN -1
              ELSE (priority + 1000) | (attempt << 11) | (token << 31) END
            FROM millrace_job
            """;

    private static final String TAKE = """
            UPDATE millrace_job SET state = 3, token = token + 1, attempt = attempt + 1, ended = NULL,
              session = ?1, exchange = ?2, started = ?3
            """;
    private static final String OF_LANE = """
            INDEXED BY millrace_job_ready WHERE state = 2 AND rescues = 0 AND lane = ?4 AND priority >= ?5
            ORDER BY priority DESC, due, seq LIMIT ?6
            """;
    private static final String PICKED = " WHERE seq IN (SELECT value FROM json_each(?4))";
    private static final Range LANE =
            new Range(READ + OF_LANE, TAKE + "WHERE seq IN (SELECT seq FROM millrace_job " + OF_LANE + ")");
    private static final Range PICK = new Range(READ + PICKED, TAKE + PICKED);

    /** How to read and how to take the same jobs; the parameters from the fourth on are the same in both. */
    private record Range(String read, String take) {}

    private Claims() {}

    private record Taken(long seq, long lane, @Nullable ClaimedJob job) {}

    private record Named(long number, Lanes.Name name) {}

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
        if (!tx.limits.rates(tx.now()).isEmpty()) {
            return rated(tx, session, exchange, groups, heads);
        }
        if (groups.size() == 1 && groups.get(0).size() == 1 && heads.onlyPlain() && !mayBeExpired) {
            long lane = groups.get(0).get(0);
            return jobs(take(tx, LANE, session, exchange, JobState.READY, lane, next.minPriority(), next.limit()));
        }
        List<Long> picked = new ArrayList<>();
        for (List<Long> lanes : groups) {
            heads.take(lanes, picked, next.limit());
        }
        return takePicked(tx, session, exchange, picked, JobState.READY);
    }

    /** Claims where queues have rates: from each of those as many as it has tokens, before the others. */
    private static List<ClaimedJob> rated(Tx tx, long session, long exchange, List<List<Long>> groups, Heads heads)
            throws SQLException {
        List<Long> picked = new ArrayList<>();
        for (List<Long> lanes : groups) {
            List<Long> others = new ArrayList<>(lanes);
            for (Map.Entry<String, List<Long>> queue :
                    QueueRates.rated(tx, lanes).entrySet()) {
                int before = picked.size();
                heads.take(queue.getValue(), picked, QueueRates.tokens(tx, queue.getKey()));
                QueueRates.take(tx, queue.getKey(), picked.size() - before);
                others.removeAll(queue.getValue());
            }
            heads.take(others, picked, Integer.MAX_VALUE);
        }
        return takePicked(tx, session, exchange, picked, JobState.READY);
    }

    /** Lanes that have READY jobs and fit the claim: those within one list are claimed from in one order. */
    private static List<List<Long>> lanes(Tx tx, Claim.Next next) throws SQLException {
        List<Long> ready =
                tx.sql.rows("SELECT lane FROM millrace_count WHERE state = 2 AND n > 0", row -> row.getLong(1));
        Map<String, List<Long>> byQueue = new HashMap<>();
        List<Long> all = new ArrayList<>();
        for (long lane : ready) {
            Lanes.Name name = tx.lanes.name(lane);
            boolean excepted = next.queues() instanceof Queues.AllBut allBut
                    && allBut.except().contains(name.queue());
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
        if (!Groups.takeNow(tx, job)) {
            return List.of();
        }
        return takePicked(tx, session, exchange, List.of(job.seq), job.state);
    }

    private static List<ClaimedJob> takePicked(Tx tx, long session, long exchange, List<Long> picked, JobState from)
            throws SQLException {
        if (picked.isEmpty()) {
            return List.of();
        }
        List<Taken> taken = take(tx, PICK, session, exchange, from, picked.toString());
        Map<Long, Integer> places = new HashMap<>();
        picked.forEach(seq -> places.put(seq, places.size()));
        taken.sort(Comparator.comparing(each -> places.get(each.seq)));
        return jobs(taken);
    }

    private static List<Taken> take(Tx tx, Range range, long session, long exchange, JobState from, Object... which)
            throws SQLException {
        @Nullable Object[] values = new Object[3 + which.length];
        System.arraycopy(which, 0, values, 3, which.length);
        List<Taken> taken = new ArrayList<>();
        Set<Long> rich = new HashSet<>();
        Named lane = new Named(-1, new Lanes.Name("", ""));
        try (ResultSet rows = tx.sql.bound(range.read, values).executeQuery()) {
            while (rows.next()) {
                long seq = rows.getLong(1);
                if (rows.getLong(3) != lane.number) {
                    lane = new Named(rows.getLong(3), tx.lanes.name(rows.getLong(3)));
                }
                long packed = rows.getLong(7);
                if (packed < 0) {
                    rich.add(seq);
                }
                taken.add(new Taken(seq, lane.number, packed < 0 ? null : plain(rows, lane.name, packed)));
            }
        }
        if (taken.isEmpty()) {
            return taken;
        }
        values[0] = session;
        values[1] = exchange;
        values[2] = tx.now();
        int changed = tx.sql.update(range.take, values);
        if (changed != taken.size()) {
            throw new IllegalStateException("claimed " + changed + " jobs of " + taken.size() + " that were read");
        }
        if (!rich.isEmpty()) {
            Map<Long, ClaimedJob> read = Records.claimed(tx.sql, List.copyOf(rich));
            taken.replaceAll(each -> rich.contains(each.seq)
                    ? new Taken(each.seq, each.lane, Objects.requireNonNull(read.get(each.seq)))
                    : each);
        }
        count(tx, taken, from);
        return taken;
    }

    private static ClaimedJob plain(ResultSet rows, Lanes.Name name, long packed) throws SQLException {
        int priority = (int) (packed & 0x7ff) - 1_000;
        int attempt = ((int) (packed >> 11) & 0xfffff) + 1;
        long token = (packed >> 31) + 1;
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
        taken.forEach(each -> jobs.add(Objects.requireNonNull(each.job)));
        return jobs;
    }
}
