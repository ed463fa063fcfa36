package dev.millrace.postgres;

import dev.millrace.spi.Outcome;
import dev.millrace.spi.Settlement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How most runs end: successes without anything to tell move to history in one statement. The record of such a run stays in the
 * job's row. The statement passes over what is not plain or not held by the session that settles, which {@link Endings} then settles.
 */
final class Settles {
    /**
     * The order of its joins is fixed: a plan that was made while the table was empty would otherwise read all of it for each
     * job. (The inner look is not taken apart, and what finds a row by its place needs that look first.)
     */
    static final String SUCCEED = Sql.AT_TIME + """
            , asked AS MATERIALIZED (SELECT * FROM unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::bytea[]) AS a (id, token, ran, result)),
            gone AS (
              DELETE FROM @job AS j USING asked AS a
                CROSS JOIN LATERAL (SELECT o.ctid AS place FROM @job AS o WHERE o.id = a.id OFFSET 0) AS found
              WHERE j.ctid = found.place AND j.state + 0 = 3 AND j.token = a.token AND j.session = ? AND j.marks & ? = 0
              RETURNING j.*, a.ran, a.result),
            kept AS (
              INSERT INTO @history (id, seq, priority, lane, due, created, token, started, expires, keep_for, failed, attempt,
                snoozes, rescues, marks, state, ended, options, payload, segment, finished, keep_until,
                worker, result)
              SELECT g.id, g.seq, g.priority, g.lane, g.due, g.created, g.token, t.now - g.ran, g.expires, g.keep_for, g.failed,
                g.attempt, g.snoozes, g.rescues, g.marks, 4, 0, g.options, g.payload,
                CASE WHEN g.keep_for IS NULL THEN SEGMENT ELSE 0 END, t.now, t.now + coalesce(g.keep_for, ?),
                coalesce((SELECT s.worker FROM @session AS s WHERE s.id = ?), ''), g.result
              FROM t, gone AS g),
            counted AS (
              INSERT INTO @tally (lane, running, succeeded) SELECT lane, -count(*), count(*) FROM gone GROUP BY lane)
            SELECT id FROM gone
            """.replace("SEGMENT", Ring.OPEN);

    private Settles() {}

    /** The places of those that may be settled together: no job is among them twice. */
    static List<Integer> plain(List<Settlement> settlements) {
        Set<UUID> seen = new HashSet<>();
        Set<UUID> twice = new HashSet<>();
        for (Settlement each : settlements) {
            if (!seen.add(each.run().job())) {
                twice.add(each.run().job());
            }
        }
        List<Integer> places = new ArrayList<>(settlements.size());
        for (int i = 0; i < settlements.size(); i++) {
            Settlement each = settlements.get(i);
            boolean plain =
                    each.outcome() instanceof Outcome.Succeeded && each.report().isEmpty();
            if (plain && !twice.contains(each.run().job())) {
                places.add(i);
            }
        }
        return places;
    }

    static void add(
            Pipeline pipeline,
            long moved,
            long keep,
            UUID session,
            List<Settlement> settlements,
            List<Integer> places,
            Set<UUID> settled) {
        List<Settlement> plain = places.stream()
                .map(settlements::get)
                // rows are locked in the order of ids, whoever locks them
                .sorted(Comparator.comparing(each -> each.run().job(), Job.ID_ORDER))
                .toList();
        byte @Nullable [][] results = plain.stream().map(Settles::result).toArray(byte[][]::new);
        pipeline.add(
                SUCCEED,
                row -> settled.add(Sql.uuid(row, 1)),
                moved,
                plain.stream().map(each -> each.run().job()).toArray(UUID[]::new),
                plain.stream().map(each -> each.run().token()).toArray(Long[]::new),
                plain.stream().map(each -> Spans.micros(each.ran())).toArray(Long[]::new),
                Arrays.stream(results).allMatch(Objects::isNull) ? new byte[0][] : results,
                session,
                Marks.SLOW_TO_SUCCEED,
                keep,
                session);
    }

    private static byte @Nullable [] result(Settlement settlement) {
        return ((Outcome.Succeeded) settlement.outcome()).result();
    }
}
