package dev.millrace.sqlite;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transactions;
import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How runs end.
 *
 * <p>Successes without anything to tell are settled together, one statement per lease token, which for most jobs is 1: their
 * ids, starts and results travel as one JSON text, since each value bound on its own costs more than its row. The record of
 * such a run stays in the job's row. All else is settled job by job.
 */
final class Settles {
    private static final String SUCCEED = """
            UPDATE millrace_job INDEXED BY millrace_job_id SET state = 4, finished = ?1, keep_until = ?1 + coalesce(keep_for, ?2), ended = 0, started = j.value
            FROM json_each(?3) AS j
            WHERE millrace_job.id = unhex(j.key) AND state = 3 AND token = ?4 AND marks & ?5 = 0
            """;
    private static final String SUCCEED_WITH_RESULTS = """
            UPDATE millrace_job INDEXED BY millrace_job_id SET state = 4, finished = ?1, keep_until = ?1 + coalesce(keep_for, ?2), ended = 0,
              started = j.value ->> 0, result = unhex(j.value ->> 1)
            FROM json_each(?3) AS j
            WHERE millrace_job.id = unhex(j.key) AND state = 3 AND token = ?4 AND marks & ?5 = 0
            """;
    private static final String WITH_LANES = " RETURNING lane";

    /** A larger result is bound as it is: hexadecimal digits of it would cost more than they save. */
    private static final int SMALL_RESULT = 1_024;

    private Settles() {}

    private record Group(long token, String sql) {}

    static List<SettleAnswer> settle(Tx tx, List<Settlement> settlements) throws SQLException {
        if (settlements.isEmpty()) {
            return List.of();
        }
        SettleAnswer[] answers = new SettleAnswer[settlements.size()];
        for (Map.Entry<Group, List<Integer>> group : plain(settlements).entrySet()) {
            succeed(tx, group.getKey(), settlements, group.getValue(), answers);
        }
        for (int i = 0; i < answers.length; i++) {
            if (answers[i] == null) {
                answers[i] = one(tx, settlements.get(i));
            }
        }
        tx.signal(Signal.FINISHED);
        return Arrays.asList(answers);
    }

    /** Settles one success, unless it is to be refused: then nothing is changed. */
    static Transactions.Ending succeed(Tx tx, Settlement settlement) throws SQLException {
        Job job = Job.running(tx, settlement.run().job(), settlement.run().token());
        if (job == null) {
            return Transactions.Ending.STALE;
        }
        if (job.marked(Marks.CANCEL)) {
            return Transactions.Ending.CANCELLED;
        }
        one(tx, settlement);
        return Transactions.Ending.SETTLED;
    }

    /** Whether this run is on record as succeeded. */
    static boolean succeeded(Statements sql, RunRef run) throws SQLException {
        return sql.exists(
                "SELECT 1 FROM millrace_job AS j WHERE j.id = ?1 AND (j.token = ?2 AND j.ended = ?3 OR EXISTS (SELECT 1 FROM"
                        + " millrace_run AS r WHERE r.seq = j.seq AND r.token = ?2 AND r.ended = ?3))",
                run.job(),
                run.token(),
                Codes.of(RunEnd.SUCCEEDED));
    }

    /** The positions of those that may be settled together. */
    private static Map<Group, List<Integer>> plain(List<Settlement> settlements) {
        Map<Group, List<Integer>> groups = new HashMap<>();
        for (int i = 0; i < settlements.size(); i++) {
            Settlement settlement = settlements.get(i);
            if (settlement.outcome() instanceof Outcome.Succeeded success
                    && settlement.report().isEmpty()) {
                byte[] result = success.result();
                if (result == null || result.length <= SMALL_RESULT) {
                    String sql = result == null ? SUCCEED : SUCCEED_WITH_RESULTS;
                    groups.computeIfAbsent(new Group(settlement.run().token(), sql), any -> new ArrayList<>())
                            .add(i);
                }
            }
        }
        return groups;
    }

    /** Settles them all; where some are not plain, those that are. The others are settled one by one. */
    private static void succeed(
            Tx tx, Group group, List<Settlement> settlements, List<Integer> places, @Nullable SettleAnswer[] answers)
            throws SQLException {
        if (places.size() == 1 || succeedAll(tx, group, settlements, places, answers)) {
            return;
        }
        Set<UUID> plain = Set.copyOf(tx.sql.rows(
                "SELECT id FROM millrace_job WHERE id IN (SELECT unhex(value) FROM json_each(?))"
                        + " AND state = 3 AND token = ? AND marks & ? = 0",
                row -> Ids.uuid(row.getBytes(1)),
                Ids.json(places.stream().map(place -> idOf(settlements, place)).toList()),
                group.token,
                Marks.SLOW_TO_SUCCEED));
        Map<UUID, Integer> once = new LinkedHashMap<>();
        for (int place : places) {
            if (plain.contains(idOf(settlements, place))) {
                once.putIfAbsent(idOf(settlements, place), place);
            }
        }
        if (once.size() > 1) {
            succeedAll(tx, group, settlements, List.copyOf(once.values()), answers);
        }
    }

    private static UUID idOf(List<Settlement> settlements, int place) {
        return settlements.get(place).run().job();
    }

    /**
     * Settles them all, or none. Asking each row for its lane costs a fifth of the statement, so it is not asked when all that
     * runs is of one lane.
     *
     * @return whether they were settled
     */
    private static boolean succeedAll(
            Tx tx, Group group, List<Settlement> settlements, List<Integer> places, @Nullable SettleAnswer[] answers)
            throws SQLException {
        tx.flush();
        List<Long> running =
                tx.sql.rows("SELECT lane FROM millrace_count WHERE state = 3 AND n > 0 LIMIT 2", row -> row.getLong(1));
        Object[] values = {
            tx.now(),
            Moves.keepFor(tx, JobState.SUCCEEDED),
            json(tx.now(), settlements, places),
            group.token,
            Marks.SLOW_TO_SUCCEED
        };
        tx.sql.prepare("SAVEPOINT settle").execute();
        List<Long> lanes = running.size() == 1
                ? Collections.nCopies(tx.sql.update(group.sql, values), running.get(0))
                : tx.sql.rows(group.sql + WITH_LANES, row -> row.getLong(1), values);
        boolean all = lanes.size() == places.size();
        if (all) {
            Map<Long, Long> counts = lanes.stream().collect(Collectors.groupingBy(lane -> lane, Collectors.counting()));
            counts.forEach((lane, count) -> {
                tx.count(lane, JobState.RUNNING, -count);
                tx.count(lane, JobState.SUCCEEDED, count);
            });
            places.forEach(place -> answers[place] = SettleAnswer.APPLIED);
        } else {
            tx.sql.prepare("ROLLBACK TO settle").execute();
        }
        tx.sql.prepare("RELEASE settle").execute();
        return all;
    }

    private static String json(long now, List<Settlement> settlements, List<Integer> places) {
        StringBuilder json = new StringBuilder(places.size() * 56);
        char separator = '{';
        for (int place : places) {
            Settlement settlement = settlements.get(place);
            json.append(separator).append('"');
            Ids.appendHex(json, settlement.run().job());
            json.append("\":");
            long started = now - Spans.micros(settlement.ran());
            byte[] result = ((Outcome.Succeeded) settlement.outcome()).result();
            if (result == null) {
                json.append(started);
            } else {
                json.append('[').append(started).append(",\"");
                Ids.appendHex(json, result);
                json.append("\"]");
            }
            separator = ',';
        }
        return json.append('}').toString();
    }

    private static SettleAnswer one(Tx tx, Settlement settlement) throws SQLException {
        long token = settlement.run().token();
        Outcome outcome = settlement.outcome();
        Job job = Job.byId(tx, settlement.run().job());
        if (job == null || token > job.token) {
            return SettleAnswer.STALE;
        }
        if (job.state != JobState.RUNNING || job.token != token) {
            return recorded(tx, job, token, outcome.end()) ? SettleAnswer.ALREADY : SettleAnswer.STALE;
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
        switch (transition) {
            case SUCCEED -> {
                byte[] result = ((Outcome.Succeeded) outcome).result();
                if (result != null) {
                    tx.sql.update("UPDATE millrace_job SET result = ? WHERE seq = ?", result, job.seq);
                }
            }
            case RETRY, SNOOZE -> {
                job.due = tx.now() + delayOf(outcome);
                job.snoozes += transition == Transition.SNOOZE ? 1 : 0;
            }
            default -> {}
        }
        if (transition != Transition.SUCCEED) {
            job.session = null;
        }
        Moves.move(tx, job, transition);
        return SettleAnswer.APPLIED;
    }

    /** Takes a RUNNING job back from a session that is closed. */
    static void rescue(Tx tx, Job job) throws SQLException {
        Transition transition = Transition.ofRescue(job.rescues, job.marked(Marks.CANCEL), job.expired(tx.now()));
        Failure failure = transition == Transition.STRIKE_OUT
                ? Failure.of("WorkerDied", "its worker died " + Transition.STRIKES + " times")
                : null;
        Aside.record(tx, job, RunEnd.RESCUED, failure);
        job.ended = RunEnd.RESCUED;
        job.rescues++;
        job.session = null;
        Moves.move(tx, job, transition);
    }

    private static boolean recorded(Tx tx, Job job, long token, RunEnd end) throws SQLException {
        if (job.token == token) {
            return job.ended == end;
        }
        return tx.sql.exists(
                "SELECT 1 FROM millrace_run WHERE seq = ? AND token = ? AND ended = ?", job.seq, token, Codes.of(end));
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
