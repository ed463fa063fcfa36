package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.StoreException;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store.Signal;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main verb. Plain successes and claims are one round trip, which is one transaction: settle, promote what is due, claim, and
 * a last look. Outcomes that are not plain are settled in a transaction before it, and those that only look plain in one
 * after it.
 */
final class Exchanges {
    /** The most jobs that an exchange promotes, or cancels one by one, on its way. */
    static final int ON_THE_WAY = 1_000;
    /** The most expired jobs that it cancels by one statement: claims read those that are left anew each time. */
    private static final int EXPIRED_ON_THE_WAY = 3_000;

    private static final String DEAD_ROWS = "SELECT pg_stat_get_dead_tuples('@job'::regclass)";
    private static final String LAST_LOOK = Sql.AT_TIME + """
            SELECT t.now, EXISTS (SELECT 1 FROM @session WHERE id = ? AND closed IS NULL),
              (SELECT due FROM @job WHERE state = 1 ORDER BY due, seq LIMIT 1),
              EXISTS (SELECT 1 FROM @job WHERE expires IS NOT NULL AND state < 3 AND expires <= t.now),
              (SELECT coalesce(max(lane), 0) FROM @lane), EXISTS (SELECT 1 FROM @outbox),
              (SELECT next_at FROM @group WHERE next_at IS NOT NULL ORDER BY next_at LIMIT 1),
              (SELECT due FROM @slot WHERE stage IN (2, 3) ORDER BY due, seq LIMIT 1)
            FROM t
            """;

    /** A worker that takes only jobs above it looks from the head on: others see what it does not. */
    private static final int LOWEST_PRIORITY = -1_000;

    /** When a bucket is to be asked for again that another claim had locked, in microseconds from now: claims are short. */
    private static final long BUCKET_FREE = 100_000;

    /** How often a claim is tried while lanes are added. */
    private static final int TRIES = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Exchanges.class);

    private final Calls calls;
    private final LowWater lowWater;

    Exchanges(Calls calls) {
        this.calls = calls;
        this.lowWater = calls.lowWater();
    }

    ExchangeReply exchange(Exchange exchange) {
        List<Settlement> settlements = exchange.settlements();
        @Nullable SettleAnswer[] answers = new SettleAnswer[settlements.size()];
        EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
        List<Integer> plain = Settles.plain(settlements);
        boolean caused = false;
        if (plain.size() < answers.length) {
            caused = settleSlowly(settlements, without(plain, answers.length), answers);
        }
        if (caused) {
            calls.flow().deliver();
        } else {
            calls.flow().prepare();
        }
        Reply reply = begin(exchange, plain, List.of());
        plain.forEach(place -> {
            if (reply.settled.contains(settlements.get(place).run().job())) {
                answers[place] = SettleAnswer.APPLIED;
            }
        });
        List<Integer> left = new ArrayList<>();
        for (int place : plain) {
            if (answers[place] == null) {
                left.add(place);
            }
        }
        List<ClaimedJob> claimed = follow(reply, () -> {
            goOn(exchange, reply, settleSlowly(settlements, left, answers));
            calls.flow().expect(reply.gates, reply.now);
        });
        if (answers.length > 0) {
            signals.add(Signal.FINISHED);
        }
        if (reply.promoted > 0) {
            signals.add(Signal.READY);
        }
        if (reply.expired && !(exchange.claim() instanceof Claim.Nothing)) {
            cancelExpired();
        }
        calls.ring(signals);
        return new ExchangeReply(
                reply.open, Arrays.asList(answers), claimed, Micros.instant(reply.now), nextDue(reply));
    }

    /** The first claim: of queues with a rate, if there are any, and in one round trip with all that is plain. */
    private Reply begin(Exchange exchange, List<Integer> plain, List<Claims.Taken> earlier) {
        if (exchange.claim() instanceof Claim.Nothing) {
            return calls.run(sql -> run(sql, exchange, plain, List.of()));
        }
        if (calls.limits().doubtful()) {
            calls.run(sql -> {
                calls.limits().refresh(sql, calls.moved());
                return true;
            });
        }
        List<Claims.Taken> rated = new ArrayList<>();
        try {
            boolean passedOver = RatedClaims.claim(calls, exchange, rated);
            Exchange rest = rest(exchange, rated, exchange.settlements());
            List<Claims.Taken> all = new ArrayList<>(earlier);
            all.addAll(rated);
            Reply reply = calls.run(sql -> run(sql, rest, plain, all));
            reply.taken.addAll(0, rated);
            if (passedOver) {
                reply.nextDue = earlier(reply.nextDue, reply.now + BUCKET_FREE);
            }
            return reply;
        } catch (RuntimeException e) {
            try {
                handBack(rated);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private static Exchange rest(Exchange exchange, List<Claims.Taken> taken, List<Settlement> settlements) {
        Claim claim = exchange.claim() instanceof Claim.Next next && !taken.isEmpty()
                ? RatedClaims.rest(next, taken)
                : exchange.claim();
        return new Exchange(exchange.session(), exchange.number(), settlements, claim);
    }

    /**
     * Does what ends and due times mean for other jobs, and claims again what may be claimed only now.
     *
     * @param caused whether something was settled that means something for others
     */
    private void goOn(Exchange exchange, Reply reply, boolean caused) {
        boolean passed = exchange.claim() instanceof Claim.One wanted
                && reply.taken.isEmpty()
                && calls.run(sql -> Groups.mayPass(sql, wanted.job()))
                && calls.transact(tx -> Groups.pass(tx, wanted.job()));
        Flow.Delivered delivered = caused || reply.flows ? calls.flow().deliver() : Flow.Delivered.NOTHING;
        if (!passed && delivered == Flow.Delivered.NOTHING) {
            return;
        }
        boolean one = exchange.claim() instanceof Claim.One && !reply.taken.isEmpty();
        Exchange rest = one
                ? new Exchange(exchange.session(), exchange.number(), List.of(), new Claim.Nothing())
                : rest(exchange, reply.taken, List.of());
        Reply more = begin(rest, List.of(), reply.taken);
        reply.taken.addAll(more.taken);
        reply.nextDue = delivered == Flow.Delivered.PART ? (Long) more.now : more.nextDue;
        reply.open = more.open;
        reply.gates = more.gates;
        reply.now = more.now;
    }

    /**
     * Does what follows the committed claims and gives them out. What fails here must not leave them in nobody's hands until a
     * heartbeat finds them, and a session that was closed just after its claim must not hold them: they are handed back.
     */
    private List<ClaimedJob> follow(Reply reply, Runnable settleLeft) {
        List<ClaimedJob> claimed;
        try {
            settleLeft.run();
            claimed =
                    reply.taken.isEmpty() ? List.of() : calls.run(sql -> Claims.jobs(sql, calls.lanes(), reply.taken));
        } catch (RuntimeException e) {
            try {
                handBack(reply.taken);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        if (!reply.open) {
            handBack(reply.taken);
            return List.of();
        }
        return claimed;
    }

    private void handBack(List<Claims.Taken> taken) {
        if (!taken.isEmpty()) {
            List<Settlement> back = taken.stream()
                    .map(each -> Settlement.of(new RunRef(each.id(), "", each.token()), new Outcome.HandedBack(false)))
                    .toList();
            calls.transact(tx -> Endings.settle(tx, back));
        }
    }

    /** An expired job is never claimed, so this can wait for the next exchange or sweep. */
    private void cancelExpired() {
        try {
            calls.transact(tx -> Expiry.cancel(tx, EXPIRED_ON_THE_WAY, ON_THE_WAY));
        } catch (StoreException e) {
            LOG.debug("expired jobs stay READY until the next exchange or sweep", e);
        }
    }

    /** Says whether it means something for other jobs. */
    private boolean settleSlowly(List<Settlement> settlements, List<Integer> places, @Nullable SettleAnswer[] answers) {
        if (places.isEmpty()) {
            return false;
        }
        boolean[] caused = new boolean[1];
        List<Settlement> some = places.stream().map(settlements::get).toList();
        List<SettleAnswer> told = calls.transactAlone(tx -> {
            List<SettleAnswer> given = Endings.settle(tx, some);
            caused[0] = tx.caused();
            return given;
        });
        for (int i = 0; i < places.size(); i++) {
            answers[places.get(i)] = told.get(i);
        }
        return caused[0];
    }

    private static @Nullable Long earlier(@Nullable Long one, @Nullable Long other) {
        return one == null || other == null ? (one == null ? other : one) : (Long) Math.min(one, other);
    }

    private static List<Integer> without(List<Integer> plain, int size) {
        List<Integer> others = new ArrayList<>();
        for (int i = 0, next = 0; i < size; i++) {
            if (next < plain.size() && plain.get(next) == i) {
                next++;
            } else {
                others.add(i);
            }
        }
        return others;
    }

    /** What one run of the statements gave. */
    private static final class Reply {
        final Set<UUID> settled = new HashSet<>();
        final List<Claims.Taken> taken = new ArrayList<>();
        long promoted;
        long now;
        boolean open;
        boolean expired;
        /** Whether ends of jobs mean something for others, or a group's gate opens. */
        boolean flows;
        /** When the first job with a group falls due, or a gate is to be looked at. */
        @Nullable
        Long gates;

        /** Whether fewer were claimed than were wanted. */
        boolean all;

        int lanesKnown;
        int lastLane;

        @Nullable
        Long nextDue;

        LowWater.Look look = LowWater.FROM_HEAD;
    }

    private Reply run(Sql sql, Exchange exchange, List<Integer> plain, List<Claims.Taken> earlier) throws SQLException {
        Reply reply = send(sql, exchange, plain, earlier);
        for (int tries = 1;
                tries < TRIES
                        && reply.lastLane != reply.lanesKnown
                        && reply.taken.isEmpty()
                        && !(exchange.claim() instanceof Claim.Nothing);
                tries++) {
            // Another process has added a lane: nothing was claimed, since its jobs may come first. (When it was added
            // between
            // the claim and the last look, what was claimed is kept.) Where lanes come faster, the next exchange
            // claims.
            calls.lanes().read(sql);
            Reply again = send(sql, exchange, List.of(), earlier);
            again.settled.addAll(reply.settled);
            again.promoted += reply.promoted;
            reply = again;
        }
        return reply;
    }

    private Reply send(Sql sql, Exchange exchange, List<Integer> plain, List<Claims.Taken> earlier)
            throws SQLException {
        Reply reply = new Reply();
        Lanes.Known lanes = calls.lanes().known();
        reply.lanesKnown = lanes.last();
        long moved = calls.moved();
        Map<String, QueueLimits> rated = calls.limits().rated();
        Pipeline pipeline = new Pipeline();
        if (!plain.isEmpty()) {
            long keep = Moves.keepFor(calls.retention(), JobState.SUCCEEDED);
            Settles.add(pipeline, moved, keep, exchange.session(), exchange.settlements(), plain, reply.settled);
        }
        pipeline.add(Sweeper.PROMOTE, row -> reply.promoted = row.getLong(1), moved, ON_THE_WAY);
        List<Integer[]> groups = RatedClaims.others(rated, lanes, Claims.groups(lanes, exchange.claim()));
        List<Integer> merged = groups.stream().flatMap(Arrays::stream).toList();
        if (exchange.claim() instanceof Claim.Next next && !merged.isEmpty() && next.minPriority() <= LOWEST_PRIORITY) {
            reply.look = lowWater.look(merged);
        }
        Claims.add(pipeline, moved, lanes, exchange, groups, reply.look, earlier, reply.taken);
        if (lowWater.asks()) {
            pipeline.add(DEAD_ROWS, row -> dead(row.getLong(1)));
        }
        pipeline.add(
                LAST_LOOK,
                row -> {
                    reply.now = row.getLong(1);
                    reply.open = row.getBoolean(2);
                    reply.nextDue = Sql.longOrNull(row, 3);
                    reply.expired = row.getBoolean(4);
                    reply.lastLane = row.getInt(5);
                    Long gate = Sql.longOrNull(row, 7);
                    reply.gates = earlier(gate, Sql.longOrNull(row, 8));
                    reply.flows = row.getBoolean(6) || (reply.gates != null && reply.gates <= reply.now);
                    reply.nextDue = earlier(reply.nextDue, gate);
                    return Map.of();
                },
                moved,
                exchange.session());
        // when a token comes that a READY job waits for counts as a due time
        RatedLook waiting =
                rated.isEmpty() ? null : RatedLook.add(pipeline, moved, RatedLook.lanes(rated, lanes), LOWEST_PRIORITY);
        try {
            pipeline.run(sql);
        } catch (SQLException | RuntimeException e) {
            lowWater.sawNothing(reply.look);
            throw e;
        }
        if (waiting != null) {
            reply.nextDue = earlier(reply.nextDue, waiting.nextToken(rated, lanes, reply.now));
        }
        reply.all = exchange.claim() instanceof Claim.Next next && reply.taken.size() < next.limit();
        if (reply.open && reply.lastLane == reply.lanesKnown) {
            lowWater.took(reply.look, reply.taken, reply.now, reply.all);
        } else {
            lowWater.sawNothing(reply.look); // nothing is claimed then, whatever there is
        }
        return reply;
    }

    boolean skipsDeadRows() {
        return lowWater.needed();
    }

    private boolean dead(long rows) {
        lowWater.dead(rows);
        return true;
    }

    /** When the next job falls due, as far as is known, or when one is to be looked for that may have been overlooked. */
    private @Nullable Instant nextDue(Reply reply) {
        long overlooks = reply.all ? lowWater.overlooks(reply.look, reply.taken.isEmpty()) : 0;
        Long next = reply.nextDue;
        if (overlooks > 0) {
            next = next == null ? reply.now + overlooks : Math.min(next, reply.now + overlooks);
        }
        return next == null ? null : Micros.instant(next);
    }
}
