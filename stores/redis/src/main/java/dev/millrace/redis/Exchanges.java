package dev.millrace.redis;

import dev.millrace.StoreException;
import dev.millrace.redis.ClaimArgs.Choice;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Settlement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main verb: one script per partition settles, promotes and claims. With one partition that is one round trip. With
 * several, all are asked at once for a share of what is wanted, and those that have more are asked again, twice at most.
 */
final class Exchanges {
    private static final int ROUNDS = 3;
    private static final Collected.Waiting NOTHING = new Collected.Waiting(0, 0);

    private static final Logger log = LoggerFactory.getLogger(Exchanges.class);

    private final Server server;
    private final Partitions partitions;
    private final Retention retention;
    private final Outbox outbox;
    private final Letters letters;
    private final AtomicInteger rotation = new AtomicInteger();

    Exchanges(Server server, Partitions partitions, Retention retention, Outbox outbox, Letters letters) {
        this.server = server;
        this.partitions = partitions;
        this.retention = retention;
        this.outbox = outbox;
        this.letters = letters;
    }

    /**
     * Exchanges with all partitions that it is about. Where one of them does not answer, the others' claims are given all the
     * same, unless outcomes or claims are in doubt: then what was claimed elsewhere is handed back before the call fails.
     */
    Done exchange(Exchange exchange) {
        Collected collected = new Collected(server, partitions, exchange);
        List<Turn> turns = settling(exchange);
        Claim claim = exchange.claim();
        if (claim instanceof Claim.Next next) {
            if (next.queues() instanceof Claim.Queues.InOrder inOrder) {
                claimInOrder(
                        collected,
                        turns,
                        next,
                        inOrder.names().stream().distinct().toList());
            } else {
                claimOverAll(collected, turns, next);
            }
        } else if (claim instanceof Claim.One one) {
            claimOne(collected, turns, one);
        } else {
            run(collected, needed(turns));
        }
        if (collected.fails() || !collected.open) {
            handBack(collected);
        }
        if (collected.fails()) {
            throw Objects.requireNonNull(collected.failure);
        }
        collected.outboxes.forEach(outbox::deliverOrLeave);
        boolean told = letters.deliverOrLeave(collected.lettered);
        return new Done(collected.reply(), collected.moved || told);
    }

    /** The reply, and whether other jobs were moved by what was settled. */
    record Done(ExchangeReply reply, boolean moved) {}

    /** Gives back what nobody will hear of. What cannot be given back now is found by the next beat, or rescued. */
    private void handBack(Collected collected) {
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        Map<Partition, List<Settlement>> back = new LinkedHashMap<>();
        for (ClaimedJob job : collected.claimed) {
            back.computeIfAbsent(partitions.ofQueue(job.spec().queue()), any -> new ArrayList<>())
                    .add(Settlement.of(job.run(), new Outcome.HandedBack(false)));
        }
        back.forEach((partition, settlements) -> {
            Exchange handing = new Exchange(
                    collected.exchange.session(), collected.exchange.number(), settlements, new Claim.Nothing());
            Turn turn = new Turn(partition, handing);
            IntStream.range(0, settlements.size()).forEach(turn.settlements::add);
            replies.add(server.change(
                    Script.EXCHANGE, partition, turn.args(retention, turn.settlements, ClaimArgs.NONE, 0)));
        });
        collected.claimed.clear();
        try {
            server.awaitAll(replies);
        } catch (StoreException e) {
            log.debug("claims were not handed back; the worker's next beat finds them", e);
        }
    }

    private void claimOne(Collected collected, List<Turn> turns, Claim.One one) {
        turns.forEach(turn -> turn.claim = ClaimArgs.one(one));
        run(collected, turns);
    }

    private void claimInOrder(Collected collected, List<Turn> turns, Claim.Next next, List<String> names) {
        Map<Partition, List<String>> here = new LinkedHashMap<>();
        names.forEach(name -> here.computeIfAbsent(partitions.ofQueue(name), any -> new ArrayList<>())
                .add(name));
        if (here.size() <= 1) {
            here.forEach((partition, queues) -> turns.get(partition.number()).claim =
                    ClaimArgs.next(next, Choice.IN, queues, Math.min(next.limit(), Turn.AT_ONCE), next.struck()));
            run(collected, withHome(turns));
            return;
        }
        // Strict order over partitions: their queues are counted first, and then each partition claims what falls to
        // it.
        here.forEach((partition, queues) -> {
            Turn turn = turns.get(partition.number());
            turn.counted = queues;
            turn.claim = ClaimArgs.next(next, Choice.COUNTED, queues, 0, 0);
        });
        run(collected, withHome(turns));
        for (int round = 1; round < ROUNDS && collected.open && !collected.fails(); round++) {
            List<Turn> asked = share(collected, next, names);
            if (asked.isEmpty()) {
                return;
            }
            run(collected, asked);
        }
    }

    /** Which partitions have what is wanted in the order of the queues, and how much of it. */
    private List<Turn> share(Collected collected, Claim.Next next, List<String> names) {
        int wanted = Math.min(next.limit(), Turn.AT_ONCE) - collected.claimed.size();
        int struckWanted = next.struck() - collected.struck();
        Map<Partition, Share> shares = new LinkedHashMap<>();
        for (String name : names) {
            Collected.Waiting waiting = collected.waiting.getOrDefault(name, NOTHING);
            int struck = Math.max(0, Math.min(struckWanted, waiting.struck()));
            int jobs = (int) Math.min(wanted, (long) waiting.plain() + struck);
            if (jobs > 0) {
                Share share = shares.computeIfAbsent(partitions.ofQueue(name), any -> new Share());
                share.queues.add(name);
                share.jobs += jobs;
                share.struck += struck;
                wanted -= jobs;
                struckWanted -= struck;
            }
        }
        List<Turn> turns = new ArrayList<>();
        shares.forEach((partition, share) -> {
            Turn turn = new Turn(partition, collected.exchange);
            turn.counted = share.queues;
            turn.claim = ClaimArgs.next(next, Choice.COUNTED, share.queues, share.jobs, share.struck);
            turns.add(turn);
        });
        return turns;
    }

    /** What a partition is to claim. */
    private static final class Share {
        final List<String> queues = new ArrayList<>();
        int jobs;
        int struck;
    }

    private void claimOverAll(Collected collected, List<Turn> turns, Claim.Next next) {
        List<String> except = List.copyOf(((Claim.Queues.AllBut) next.queues()).except());
        int first = Math.floorMod(rotation.getAndIncrement(), turns.size());
        List<Turn> asked = new ArrayList<>(turns.subList(first, turns.size()));
        asked.addAll(turns.subList(0, first));
        int limit = Math.min(next.limit(), Turn.AT_ONCE);
        for (int round = 0; round < ROUNDS && !asked.isEmpty(); round++) {
            int wanted = limit - collected.claimed.size();
            int share = wanted / asked.size();
            int extra = wanted % asked.size();
            int struck = Math.max(0, next.struck() - collected.struck());
            for (Turn turn : asked) {
                int part = share + (extra-- > 0 ? 1 : 0);
                int ofStruck = part > 0 ? Math.min(struck, part) : 0;
                struck -= ofStruck;
                turn.claim = ClaimArgs.next(next, Choice.BUT, except, part, ofStruck);
            }
            run(collected, asked);
            boolean full = collected.claimed.size() >= limit || !collected.open || collected.fails();
            boolean struckWanted = collected.struck() < next.struck();
            asked = full
                    ? List.of()
                    : asked.stream()
                            .filter(turn -> turn.hasMore(struckWanted))
                            .map(turn -> new Turn(turn.partition, collected.exchange))
                            .toList();
        }
    }

    /** A turn for each partition, with its share of the settlements. */
    private List<Turn> settling(Exchange exchange) {
        List<Turn> turns = new ArrayList<>();
        partitions.all().forEach(partition -> turns.add(new Turn(partition, exchange)));
        for (int i = 0; i < exchange.settlements().size(); i++) {
            String queue = exchange.settlements().get(i).run().queue();
            turns.get(partitions.ofQueue(queue).number()).settlements.add(i);
        }
        return turns;
    }

    /** The turns that have something to do; one at least, which tells whether the session is open. */
    private static List<Turn> needed(List<Turn> turns) {
        List<Turn> needed = turns.stream()
                .filter(turn -> !turn.settlements.isEmpty() || turn.claim.size() > 1)
                .toList();
        return needed.isEmpty() ? turns : needed;
    }

    /** With the home of sessions, which knows first that one was closed. */
    private static List<Turn> withHome(List<Turn> turns) {
        List<Turn> needed = new ArrayList<>(needed(turns));
        if (!needed.contains(turns.get(0))) {
            needed.add(turns.get(0));
        }
        return needed;
    }

    /** Sends the turns together; one with very many outcomes in several calls, of which the last claims. */
    private void run(Collected collected, List<Turn> turns) {
        List<Sent> sent = new ArrayList<>();
        for (Turn turn : turns) {
            int from = 0;
            do {
                int to = turn.end(from);
                boolean last = to == turn.settlements.size();
                List<Integer> part = turn.settlements.subList(from, to);
                List<byte[]> args =
                        turn.args(retention, part, last ? turn.claim : ClaimArgs.NONE, collected.nextCall());
                sent.add(new Sent(turn, part, server.change(Script.EXCHANGE, turn.partition, args)));
                from = to;
            } while (from < turn.settlements.size());
        }
        for (Sent call : sent) {
            try {
                collected.read(call.turn, call.part, server.await(call.reply));
            } catch (StoreException e) {
                collected.failed(call.part, e);
            }
        }
        collected.fetchApart();
    }

    /** One call under way. */
    private record Sent(Turn turn, List<Integer> part, CompletableFuture<List<Object>> reply) {}
}
