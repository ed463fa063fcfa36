package dev.millrace.postgres;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Transactions;
import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How runs end that are not settled by {@link Settles}: jobs are loaded together, moved one by one, and saved together. */
final class Endings {
    private final Tx tx;
    private final Map<UUID, Job> running;
    private final Map<UUID, Job> ended;
    /** Ends of earlier runs that are on record. */
    private final Set<Past> past = new HashSet<>();

    private record Past(UUID job, long token, RunEnd end) {}

    private Endings(Tx tx, Map<UUID, Job> running, Map<UUID, Job> ended) {
        this.tx = tx;
        this.running = running;
        this.ended = ended;
    }

    static List<SettleAnswer> settle(Tx tx, List<Settlement> settlements) throws SQLException {
        Set<UUID> ids = settlements.stream().map(each -> each.run().job()).collect(Collectors.toSet());
        Map<UUID, Job> running = byId(Job.unfinished(tx, ids));
        ids.removeAll(running.keySet());
        Endings endings = new Endings(tx, running, ids.isEmpty() ? Map.of() : byId(Job.finished(tx, ids)));
        endings.readPast(settlements);
        List<SettleAnswer> answers = new ArrayList<>(settlements.size());
        for (Settlement settlement : settlements) {
            answers.add(endings.one(settlement));
        }
        return answers;
    }

    /**
     * Settles one success, unless it is to be refused: then nothing is changed, and no job locked that the run does not own. The
     * transaction is the caller's, and may stay open.
     */
    static Transactions.Ending succeed(Tx tx, Settlement settlement) throws SQLException {
        RunRef run = settlement.run();
        Job job = Job.owned(tx, run);
        if (job == null || job.state != JobState.RUNNING || job.token != run.token()) {
            return Transactions.Ending.STALE;
        }
        if (job.marked(Marks.CANCEL)) {
            return Transactions.Ending.CANCELLED;
        }
        new Endings(tx, Map.of(job.id, job), Map.of()).one(settlement);
        return Transactions.Ending.SETTLED;
    }

    /**
     * How a run stands.
     *
     * @param flows whether something is to be done for other jobs
     */
    record Found(Transactions.Standing standing, boolean flows) {}

    /** How a run stands that was settled within a transaction, which may be open still: then it has the job's row locked. */
    static Found standing(Sql sql, RunRef run) throws SQLException {
        // RUNNING: one that was run again by hand has the same token until it is claimed
        if (sql.exists("SELECT 1 FROM @job WHERE id = ? AND token = ? AND state = 3", run.job(), run.token())) {
            boolean free = sql.exists(
                    "SELECT 1 FROM @job WHERE id = ? AND token = ? AND state = 3 FOR UPDATE SKIP LOCKED",
                    run.job(),
                    run.token());
            return new Found(free ? Transactions.Standing.UNSETTLED : Transactions.Standing.OPEN, false);
        }
        Boolean flows = sql.first(
                "SELECT EXISTS (SELECT 1 FROM @outbox) FROM @history WHERE id = ? AND token = ? AND ended = ?::smallint"
                        + " UNION ALL SELECT EXISTS (SELECT 1 FROM @outbox) FROM @run WHERE id = ? AND token = ? AND ended = ?::smallint",
                row -> (Boolean) row.getBoolean(1),
                run.job(),
                run.token(),
                Codes.of(RunEnd.SUCCEEDED),
                run.job(),
                run.token(),
                Codes.of(RunEnd.SUCCEEDED));
        return flows == null
                ? new Found(Transactions.Standing.UNSETTLED, false)
                : new Found(Transactions.Standing.SETTLED, flows);
    }

    private static Map<UUID, Job> byId(List<Job> jobs) {
        Map<UUID, Job> byId = new HashMap<>();
        jobs.forEach(job -> byId.put(job.id, job));
        return byId;
    }

    private @Nullable Job find(UUID id) {
        Job job = running.get(id);
        return job == null ? ended.get(id) : job;
    }

    /** Reads the records of runs that have lost their job by now. */
    private void readPast(List<Settlement> settlements) throws SQLException {
        List<UUID> jobs = new ArrayList<>();
        List<Long> tokens = new ArrayList<>();
        for (Settlement each : settlements) {
            Job job = find(each.run().job());
            if (job != null && each.run().token() < job.token) {
                jobs.add(job.id);
                tokens.add(each.run().token());
            }
        }
        if (!jobs.isEmpty()) {
            tx.sql.rows(
                    "SELECT r.id, r.token, r.ended FROM unnest(?::uuid[], ?::bigint[]) AS a (id, token)"
                            + " CROSS JOIN LATERAL (SELECT * FROM @run AS o WHERE o.id = a.id AND o.token = a.token OFFSET 0) AS r"
                            + " WHERE r.ended IS NOT NULL",
                    row -> past.add(new Past(Sql.uuid(row, 1), row.getLong(2), Codes.end(row.getInt(3)))),
                    jobs.toArray(UUID[]::new),
                    tokens.toArray(Long[]::new));
        }
    }

    private SettleAnswer one(Settlement settlement) {
        long token = settlement.run().token();
        Outcome outcome = settlement.outcome();
        Job job = find(settlement.run().job());
        if (job == null || token > job.token) {
            return SettleAnswer.STALE;
        }
        if (job.state != JobState.RUNNING || job.token != token) {
            boolean recorded = job.token == token
                    ? job.ended == outcome.end()
                    : past.contains(new Past(job.id, token, outcome.end()));
            return recorded ? SettleAnswer.ALREADY : SettleAnswer.STALE;
        }
        if (!settlement.report().isEmpty()) {
            Aside.tell(tx, job, settlement.report());
        }
        Transition transition = Transition.ofEnd(outcome, job.marked(Marks.CANCEL), job.expired(tx.now()));
        boolean started = !(outcome instanceof Outcome.HandedBack back && !back.started());
        job.started = started ? tx.now() - Spans.micros(settlement.ran()) : Micros.NEVER;
        if (started && transition != Transition.SUCCEED) {
            Aside.record(tx, job, outcome.end(), failureOf(outcome));
        }
        job.ended = outcome.end();
        job.worker = transition == Transition.SUCCEED ? Aside.workerOf(job) : null;
        job.session = null;
        switch (transition) {
            case SUCCEED -> job.result = ((Outcome.Succeeded) outcome).result();
            case RETRY, SNOOZE -> {
                job.due = tx.now() + delayOf(outcome);
                job.snoozes += transition == Transition.SNOOZE ? 1 : 0;
            }
            default -> {}
        }
        Moves.move(tx, job, transition);
        return SettleAnswer.APPLIED;
    }

    /** Takes a RUNNING job back from a session that is closed. */
    static void rescue(Tx tx, Job job) {
        Transition transition = Transition.ofRescue(job.rescues, job.marked(Marks.CANCEL), job.expired(tx.now()));
        Failure failure = transition == Transition.STRIKE_OUT
                ? Failure.of("WorkerDied", "its worker died " + Transition.STRIKES + " times")
                : null;
        Aside.record(tx, job, RunEnd.RESCUED, failure);
        job.ended = RunEnd.RESCUED;
        job.rescues++;
        job.session = null;
        job.worker = null;
        Moves.move(tx, job, transition);
    }

    private static @Nullable Failure failureOf(Outcome outcome) {
        if (outcome instanceof Outcome.Failed failed) {
            return failed.failure();
        }
        return outcome instanceof Outcome.Retry retry ? retry.failure() : null;
    }

    private static long delayOf(Outcome outcome) {
        if (outcome instanceof Outcome.Retry retry) {
            return Spans.micros(retry.delay());
        }
        return outcome instanceof Outcome.Snoozed snoozed ? Spans.micros(snoozed.delay()) : 0;
    }
}
