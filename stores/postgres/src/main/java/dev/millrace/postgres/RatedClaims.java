package dev.millrace.postgres;

import dev.millrace.spi.Claim;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Claims from queues with a rate, before the others and apart from them. One look tells in which of them something is READY that
 * may be claimed and has a token; the buckets of those alone are locked, in one transaction that claims from them. Where no queue
 * has a rate, nothing of this is done.
 */
final class RatedClaims {
    /** Claims from each of some queues as much as it is given, of all its lanes in one order. */
    private static final String CLAIM = Sql.AT_TIME + """
            , q AS MATERIALIZED (
              SELECT * FROM unnest(?::int[], ?::bigint[], ?::bigint[], ?::bigint[]) AS q (queue, most, reads, struck)),
            l AS MATERIALIZED (SELECT * FROM unnest(?::int[], ?::int[]) AS l (queue, lane)),
            found AS MATERIALIZED (
              SELECT f.place FROM q CROSS JOIN LATERAL (
                SELECT j.ctid AS place FROM (
                  SELECT r.* FROM l CROSS JOIN LATERAL (
                    SELECT ctid AS place, priority, due, seq FROM @job
                    WHERE state = 2 AND rescues = 0 AND lane = l.lane AND priority >= ?
                      AND (expires IS NULL OR expires > (SELECT now FROM t))
                    ORDER BY priority DESC, due, seq LIMIT q.reads) AS r
                  WHERE l.queue = q.queue
                  UNION ALL (
                  SELECT r.* FROM l CROSS JOIN LATERAL (
                    SELECT ctid AS place, priority, due, seq FROM @job
                    WHERE state = 2 AND rescues > 0 AND lane = l.lane AND priority >= ?
                      AND (expires IS NULL OR expires > (SELECT now FROM t))
                    ORDER BY priority DESC, due, seq LIMIT q.struck) AS r
                  WHERE l.queue = q.queue ORDER BY r.priority DESC, r.due, r.seq LIMIT q.struck)) AS head
                JOIN @job AS j ON j.ctid = head.place
                WHERE j.state = 2 AND EXISTS (SELECT 1 FROM @session WHERE id = ? AND closed IS NULL)
                ORDER BY head.priority DESC, head.due, head.seq LIMIT q.most FOR UPDATE OF j SKIP LOCKED) AS f),
            taken AS (
              UPDATE @job AS j SET state = 3, token = j.token + 1, attempt = j.attempt + 1, ended = NULL, session = ?, exchange = ?,
                started = t.now
              FROM t WHERE j.ctid = ANY (ARRAY(SELECT place FROM found))
              RETURNING j.*),
            counted AS (
              INSERT INTO @tally (lane, ready, running) SELECT lane, -count(*), count(*) FROM taken GROUP BY lane)
            SELECT COLUMNS FROM taken
            """.replace("COLUMNS", Claims.COLUMNS);
    /** In which of the lanes something is READY still. */
    private static final String LEFT = Sql.AT_TIME + """
            SELECT l.lane FROM unnest(?::int[]) AS l (lane) CROSS JOIN LATERAL (
              SELECT 1 FROM @job WHERE state = 2 AND rescues = 0 AND lane = l.lane AND priority >= ?
                AND (expires IS NULL OR expires > (SELECT now FROM t))
              ORDER BY priority DESC, due, seq LIMIT 1) AS f
            """;
    /** How many more than it claims a first claim reads of each lane. Other claims are kept away by the bucket. */
    private static final int LOCKED_BY_FEW = 4;

    private static final String LAST_LANE = "SELECT coalesce(max(lane), 0) FROM @lane";
    private static final int ANY_PRIORITY = -1_000;

    private final Tx tx;
    private final Exchange exchange;
    private final Claim.Next next;
    private final List<Candidate> candidates;
    /** Queues in which something is READY that was rescued. */
    private final Set<String> rescued;
    /** Queues of which jobs were locked, so that more of them are read. */
    private final Set<String> locked = new HashSet<>();

    private RatedClaims(Tx tx, Exchange exchange, Claim.Next next, List<Candidate> candidates, Set<String> rescued) {
        this.tx = tx;
        this.exchange = exchange;
        this.next = next;
        this.candidates = candidates;
        this.rescued = rescued;
    }

    /**
     * A queue with a rate that may be claimed from.
     *
     * @param place of the list of lanes that it belongs to, in the order of the claim
     * @param lanes of the kinds that are claimed
     */
    private record Candidate(String queue, Rate rate, int place, List<Integer> lanes) {}

    /**
     * What a look found.
     *
     * @param candidates that have something READY and a token, or a bucket that is to be put right; the best heads come first
     * @param missing those of them that have no bucket yet
     * @param rescued those of them in which something is READY that was rescued
     */
    private record Found(List<Candidate> candidates, Set<String> missing, Set<String> rescued) {}

    /** What one transaction claimed, and whether it passed over a queue since another has its bucket. */
    private record Part(List<Claims.Taken> taken, boolean passedOver) {}

    /** Those of the lanes that are in no queue with a rate: the same lists, of which some may be empty now. */
    static List<Integer[]> others(Map<String, QueueLimits> rated, Lanes.Known lanes, List<Integer[]> groups) {
        if (rated.isEmpty()) {
            return groups;
        }
        return groups.stream()
                .map(group -> Arrays.stream(group)
                        .filter(lane -> !rated.containsKey(lanes.queue(lane)))
                        .toArray(Integer[]::new))
                .toList();
    }

    /** What is left to be claimed. */
    static Claim.Next rest(Claim.Next next, List<Claims.Taken> taken) {
        return new Claim.Next(
                next.queues(),
                next.kinds(),
                next.minPriority(),
                Math.max(0, next.limit() - taken.size()),
                Math.max(0, next.struck() - Claims.struck(taken)));
    }

    /**
     * Claims what the buckets allow; what was claimed is in the list even when this fails. Says whether there may be more to claim
     * soon, in queues whose buckets others had.
     */
    static boolean claim(Calls calls, Exchange exchange, List<Claims.Taken> taken) {
        Map<String, QueueLimits> rated = calls.limits().rated();
        if (rated.isEmpty() || !(exchange.claim() instanceof Claim.Next next) || next.limit() <= 0) {
            return false;
        }
        Found found = calls.run(sql -> look(sql, calls, rated, next));
        List<Candidate> open = found.candidates;
        boolean passedOver = false;
        while (!open.isEmpty() && taken.size() < next.limit()) {
            // no more than can give a job: one transaction, unless others were quicker
            Claim.Next rest = rest(next, taken);
            int some = Math.min(open.size(), rest.limit());
            List<Candidate> first = open.subList(0, some);
            List<String> missing = first.stream()
                    .map(Candidate::queue)
                    .filter(found.missing::contains)
                    .toList();
            if (!missing.isEmpty()) {
                calls.run(sql -> {
                    Buckets.make(sql, missing);
                    return true;
                });
            }
            Part part = calls.transactAlone(tx -> new RatedClaims(tx, exchange, rest, first, found.rescued).claim());
            taken.addAll(part.taken);
            passedOver |= part.passedOver;
            open = open.subList(some, open.size());
        }
        return passedOver && taken.size() < next.limit();
    }

    private static Found look(Sql sql, Calls calls, Map<String, QueueLimits> rated, Claim.Next next)
            throws SQLException {
        Lanes.Known lanes = calls.lanes().known();
        List<Candidate> wanted = candidates(lanes, rated, next);
        int[] last = new int[1];
        long[] now = new long[1];
        RatedLook look = look(sql, calls, wanted, next, last, now);
        if (last[0] != lanes.last()) {
            // another process has added a lane
            calls.lanes().read(sql);
            lanes = calls.lanes().known();
            wanted = candidates(lanes, rated, next);
            look = look(sql, calls, wanted, next, last, now);
        }
        Map<String, RatedLook.Head> best = new HashMap<>();
        Set<String> missing = new HashSet<>();
        Set<String> rescued = new HashSet<>();
        for (RatedLook.Head head : look.heads()) {
            if (!head.struck() || next.struck() > 0) {
                String queue = lanes.queue(head.lane());
                best.merge(queue, head, (one, other) -> one.compareTo(other) <= 0 ? one : other);
                if (head.struck()) {
                    rescued.add(queue);
                }
            }
        }
        List<Candidate> open = new ArrayList<>();
        for (Candidate each : wanted) {
            long kept = look.bucket(each.queue);
            boolean token = best.containsKey(each.queue) && each.rate.tokens(kept, now[0]) > 0;
            if (token || each.rate.clamp(kept, now[0]) != kept) {
                open.add(each);
                if (!look.hasBucket(each.queue)) {
                    missing.add(each.queue);
                }
            }
        }
        if (!(next.queues() instanceof Claim.Queues.InOrder)) {
            RatedLook.Head none = new RatedLook.Head(0, false, ANY_PRIORITY - 1, 0, 0);
            open.sort(
                    (one, other) -> best.getOrDefault(one.queue, none).compareTo(best.getOrDefault(other.queue, none)));
        }
        return new Found(open, missing, rescued);
    }

    private static RatedLook look(Sql sql, Calls calls, List<Candidate> wanted, Claim.Next next, int[] last, long[] now)
            throws SQLException {
        List<Integer> lanes = new ArrayList<>();
        wanted.forEach(each -> lanes.addAll(each.lanes));
        Pipeline pipeline = new Pipeline()
                .add(LAST_LANE, row -> (last[0] = row.getInt(1)) >= 0)
                .add(Sql.AT_TIME + " SELECT now FROM t", row -> (now[0] = row.getLong(1)) != 0, calls.moved());
        RatedLook look = RatedLook.add(pipeline, calls.moved(), lanes, next.minPriority());
        pipeline.run(sql);
        return look;
    }

    private static List<Candidate> candidates(Lanes.Known lanes, Map<String, QueueLimits> rated, Claim.Next next) {
        Map<String, Candidate> byQueue = new LinkedHashMap<>();
        List<Integer[]> groups = Claims.groups(lanes, next);
        for (int group = 0; group < groups.size(); group++) {
            for (Integer lane : groups.get(group)) {
                String queue = lanes.queue(lane);
                QueueLimits limits = rated.get(queue);
                Rate rate = limits == null ? null : limits.rate();
                if (rate != null) {
                    int place = group;
                    byQueue.computeIfAbsent(queue, any -> new Candidate(queue, rate, place, new ArrayList<>()))
                            .lanes
                            .add(lane);
                }
            }
        }
        return List.copyOf(byQueue.values());
    }

    private Part claim() throws SQLException {
        Map<String, Rate> rates = new HashMap<>();
        candidates.forEach(each -> rates.put(each.queue, each.rate));
        Buckets buckets = Buckets.lock(tx, rates);
        List<Claims.Taken> taken = new ArrayList<>();
        List<Candidate> open = new ArrayList<>(candidates);
        open.removeIf(each -> buckets.tokens(each.queue) <= 0);
        while (!open.isEmpty() && taken.size() < next.limit()) {
            round(buckets, open, taken);
        }
        buckets.write();
        return new Part(taken, candidates.stream().anyMatch(each -> !buckets.has(each.queue)));
    }

    /**
     * Gives each queue a part of the room, and claims that much. A queue that had less, or has no token left, is done; the room that
     * it leaves is for the others. Where queues are named in order, the first gets all of it. What was rescued is claimed from one
     * queue a round, so one that has some more of that has its turn in a round to come. One that gave too little since others had
     * its first jobs locked is read further.
     */
    private void round(Buckets buckets, List<Candidate> open, List<Claims.Taken> taken) throws SQLException {
        Claim.Next rest = rest(next, taken);
        boolean inOrder = next.queues() instanceof Claim.Queues.InOrder;
        int room = rest.limit();
        int share = inOrder ? room : (room + open.size() - 1) / open.size();
        Map<String, Long> given = new LinkedHashMap<>();
        for (Candidate each : open) {
            int most = Math.min(Math.min(buckets.tokens(each.queue), share), room);
            if (most > 0) {
                given.put(each.queue, (long) most);
                room -= most;
            }
        }
        String turn = rest.struck() <= 0
                ? null
                : given.keySet().stream().filter(rescued::contains).findFirst().orElse(null);
        Set<String> left = new HashSet<>();
        Map<String, Integer> got = claim(open, given, turn, rest.struck(), taken, left);
        Iterator<Candidate> each = open.iterator();
        while (each.hasNext()) {
            String queue = each.next().queue;
            int count = got.getOrDefault(queue, 0);
            buckets.take(queue, count);
            Long most = given.get(queue);
            if (most == null) {
                continue;
            }
            boolean waits = turn != null && !turn.equals(queue) && rescued.contains(queue);
            boolean further = count < most && left.contains(queue) && locked.add(queue);
            if ((count < most && !waits && !further) || buckets.tokens(queue) <= 0) {
                each.remove();
            }
        }
    }

    /**
     * Says how many jobs each queue gave.
     *
     * @param turn of which queue what was rescued may be claimed; null for none
     * @param struck how many of those at most
     * @param left gets the queues in which something is READY still
     */
    private Map<String, Integer> claim(
            List<Candidate> open,
            Map<String, Long> given,
            @Nullable String turn,
            int struck,
            List<Claims.Taken> taken,
            Set<String> left)
            throws SQLException {
        List<Candidate> some =
                open.stream().filter(each -> given.containsKey(each.queue)).toList();
        List<Integer> places = new ArrayList<>();
        List<Integer> ofPlaces = new ArrayList<>();
        List<Integer> lanes = new ArrayList<>();
        Map<Integer, Candidate> byLane = new HashMap<>();
        Long[] most = new Long[some.size()];
        Long[] reads = new Long[some.size()];
        Long[] mostStruck = new Long[some.size()];
        for (int place = 0; place < most.length; place++) {
            Candidate each = some.get(place);
            places.add(place);
            most[place] = Objects.requireNonNull(given.get(each.queue));
            reads[place] = locked.contains(each.queue)
                    ? 2 * most[place] + Claims.LOCKED_BY_OTHERS
                    : most[place] + LOCKED_BY_FEW;
            mostStruck[place] = each.queue.equals(turn) ? (long) struck : 0L;
            for (Integer lane : each.lanes) {
                ofPlaces.add(place);
                lanes.add(lane);
                byLane.put(lane, each);
            }
        }
        Map<String, Integer> got = new HashMap<>();
        UUID session = exchange.session();
        Integer[] ofLanes = lanes.toArray(Integer[]::new);
        Pipeline pipeline = new Pipeline();
        pipeline.add(
                CLAIM,
                row -> {
                    Candidate from = Objects.requireNonNull(byLane.get(row.getInt(2)));
                    got.merge(from.queue, 1, Integer::sum);
                    return taken.add(Claims.Taken.read(from.place, row));
                },
                tx.now(),
                places.toArray(Integer[]::new),
                most,
                reads,
                mostStruck,
                ofPlaces.toArray(Integer[]::new),
                ofLanes,
                next.minPriority(),
                next.minPriority(),
                session,
                session,
                exchange.number());
        pipeline.add(
                LEFT,
                row -> left.add(Objects.requireNonNull(byLane.get(row.getInt(1))).queue),
                tx.now(),
                ofLanes,
                next.minPriority());
        pipeline.run(tx.sql);
        return got;
    }
}
