package dev.millrace.postgres;

import dev.millrace.spi.Claim;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Claims from queues with a rate: each in a transaction of its own that locks the queue's bucket, before the others and apart from
 * them. Where no queue has a rate, nothing of this is done.
 */
final class RatedClaims {
    private static final String LOCK = "SELECT full_at FROM @bucket WHERE queue = ? FOR UPDATE";
    private static final String MAKE =
            "INSERT INTO @bucket (queue, full_at) VALUES (?, 0) ON CONFLICT (queue) DO NOTHING";
    private static final String READY = """
            SELECT EXISTS (SELECT 1 FROM unnest(?::int[]) AS w (lane) CROSS JOIN LATERAL (
                SELECT 1 FROM @job WHERE state = 2 AND rescues = 0 AND lane = w.lane LIMIT 1) AS f)
              OR EXISTS (SELECT 1 FROM unnest(?::int[]) AS w (lane) CROSS JOIN LATERAL (
                SELECT 1 FROM @job WHERE state = 2 AND rescues > 0 AND lane = w.lane LIMIT 1) AS f)
            """;

    private RatedClaims() {}

    /** Those of the lanes that are in no queue with a rate. */
    static List<Integer[]> others(Map<String, QueueLimits> rated, Lanes.Known lanes, List<Integer[]> groups) {
        if (rated.isEmpty()) {
            return groups;
        }
        return groups.stream()
                .map(group -> Arrays.stream(group)
                        .filter(lane -> !rated.containsKey(queue(lanes, lane)))
                        .toArray(Integer[]::new))
                .filter(group -> group.length > 0)
                .toList();
    }

    private static String queue(Lanes.Known lanes, Integer lane) {
        return Objects.requireNonNull(lanes.names().get(lane)).queue();
    }

    /** Claims what the buckets allow, this many jobs at most. */
    static List<Claims.Taken> claim(Calls calls, Exchange exchange) {
        List<Claims.Taken> taken = new ArrayList<>();
        Map<String, QueueLimits> rated = calls.limits().rated();
        if (rated.isEmpty() || !(exchange.claim() instanceof Claim.Next next)) {
            return taken;
        }
        for (Map.Entry<String, QueueLimits> each : wanted(rated, next).entrySet()) {
            Rate rate = each.getValue().rate();
            if (rate != null && taken.size() < next.limit()) {
                Claim.Next rest = rest(next, taken);
                taken.addAll(calls.transactAlone(tx -> claim(tx, exchange, rest, each.getKey(), rate)));
            }
        }
        return taken;
    }

    /** In the order in which they are named, or of their names. */
    private static Map<String, QueueLimits> wanted(Map<String, QueueLimits> rated, Claim.Next next) {
        if (next.queues() instanceof Claim.Queues.InOrder inOrder) {
            Map<String, QueueLimits> wanted = new LinkedHashMap<>();
            for (String queue : inOrder.names()) {
                QueueLimits limits = rated.get(queue);
                if (limits != null) {
                    wanted.put(queue, limits);
                }
            }
            return wanted;
        }
        Map<String, QueueLimits> wanted = new TreeMap<>(rated);
        if (next.queues() instanceof Claim.Queues.AllBut allBut) {
            wanted.keySet().removeAll(allBut.except());
        }
        return wanted;
    }

    /** What is left to be claimed. */
    static Claim.Next rest(Claim.Next next, List<Claims.Taken> taken) {
        int struck =
                (int) taken.stream().filter(each -> each.history().struck()).count();
        return new Claim.Next(
                next.queues(),
                next.kinds(),
                next.minPriority(),
                Math.max(0, next.limit() - taken.size()),
                Math.max(0, next.struck() - struck));
    }

    private static List<Claims.Taken> claim(Tx tx, Exchange exchange, Claim.Next next, String queue, Rate rate)
            throws SQLException {
        List<Claims.Taken> taken = new ArrayList<>();
        Claim.Next here = new Claim.Next(
                new Claim.Queues.InOrder(List.of(queue)),
                next.kinds(),
                next.minPriority(),
                next.limit(),
                next.struck());
        Lanes.Known lanes = tx.lanes().known();
        List<Integer[]> groups = Claims.groups(lanes, here);
        if (groups.isEmpty()) {
            return taken;
        }
        long kept = bucket(tx, queue);
        long fullAt = rate.clamp(kept, tx.now());
        int tokens = Math.min(rate.tokens(fullAt, tx.now()), next.limit());
        if (tokens <= 0 && fullAt == kept) {
            return taken;
        }
        Claim.Next allowed = new Claim.Next(here.queues(), here.kinds(), here.minPriority(), tokens, here.struck());
        if (tokens > 0) {
            Pipeline pipeline = new Pipeline();
            Exchange claiming = new Exchange(exchange.session(), exchange.number(), List.of(), allowed);
            Claims.add(pipeline, tx.now(), lanes, claiming, groups, LowWater.FROM_HEAD, taken);
            pipeline.run(tx.sql);
        }
        if (!taken.isEmpty() || fullAt != kept) {
            tx.sql.update(
                    "UPDATE @bucket SET full_at = ? WHERE queue = ?",
                    rate.take(fullAt, tx.now(), taken.size()),
                    Sql.clean(queue));
        }
        return taken;
    }

    private static long bucket(Tx tx, String queue) throws SQLException {
        Long fullAt = tx.sql.first(LOCK, row -> (Long) row.getLong(1), Sql.clean(queue));
        if (fullAt == null) {
            tx.sql.update(MAKE, Sql.clean(queue));
            fullAt = tx.sql.first(LOCK, row -> (Long) row.getLong(1), Sql.clean(queue));
        }
        return fullAt == null ? 0 : fullAt;
    }

    /** When the next token comes that a READY job waits for, in microseconds; null when none waits for one. */
    static @Nullable Long nextToken(Sql sql, Calls calls, long now) throws SQLException {
        Long next = null;
        for (Map.Entry<String, QueueLimits> each : calls.limits().rated().entrySet()) {
            Rate rate = Objects.requireNonNull(each.getValue().rate());
            long fullAt = peek(sql, each.getKey());
            if (rate.tokens(fullAt, now) > 0) {
                continue;
            }
            long at = rate.nextAt(fullAt, now);
            if ((next == null || at < next) && ready(sql, calls.lanes().matching(each.getKey(), null))) {
                next = at;
            }
        }
        return next;
    }

    private static long peek(Sql sql, String queue) throws SQLException {
        Long fullAt = sql.first(
                "SELECT full_at FROM @bucket WHERE queue = ?", row -> (Long) row.getLong(1), Sql.clean(queue));
        return fullAt == null ? 0 : fullAt;
    }

    private static boolean ready(Sql sql, Integer[] lanes) throws SQLException {
        return lanes.length > 0
                && Boolean.TRUE.equals(sql.first(READY, row -> (Boolean) row.getBoolean(1), lanes, lanes));
    }

    /** Whether READY jobs may be claimed by what the buckets hold, when there are some. */
    static boolean claimable(Sql sql, Calls calls) throws SQLException {
        calls.limits().refresh(sql, calls.moved());
        Map<String, QueueLimits> rated = calls.limits().rated();
        if (rated.isEmpty()) {
            return true;
        }
        Long now = sql.first(Sql.AT_TIME + " SELECT now FROM t", row -> (Long) row.getLong(1), calls.moved());
        calls.lanes().read(sql);
        List<Integer> lanes = new ArrayList<>(calls.lanes().known().names().keySet());
        for (Map.Entry<String, QueueLimits> each : rated.entrySet()) {
            Rate rate = Objects.requireNonNull(each.getValue().rate());
            if (rate.tokens(peek(sql, each.getKey()), now == null ? 0 : now) == 0) {
                lanes.removeAll(Arrays.asList(calls.lanes().matching(each.getKey(), null)));
            }
        }
        return ready(sql, lanes.toArray(Integer[]::new));
    }
}
