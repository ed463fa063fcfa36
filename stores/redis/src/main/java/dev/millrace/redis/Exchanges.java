package dev.millrace.redis;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SettleAnswer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The main verb: one script per partition settles, promotes and claims. With one partition that is one round trip. With
 * several, all are asked at once for a share of what is wanted, and those that have more are asked again, twice at most.
 */
final class Exchanges {
    /** How many outcomes and claims one script call takes, so that others are not kept waiting for long. */
    private static final int AT_ONCE = 500;

    private static final int ROUNDS = 3;

    private final Server server;
    private final Partitions partitions;
    private final Retention retention;
    private final UniqueKeys keys;
    private final AtomicInteger rotation = new AtomicInteger();

    Exchanges(Server server, Partitions partitions, Retention retention, UniqueKeys keys) {
        this.server = server;
        this.partitions = partitions;
        this.retention = retention;
        this.keys = keys;
    }

    ExchangeReply exchange(Exchange exchange) {
        Collected collected = new Collected(exchange);
        List<Turn> turns = settling(exchange);
        Claim claim = exchange.claim();
        if (claim instanceof Claim.Next next) {
            if (next.queues() instanceof Claim.Queues.InOrder inOrder) {
                claimInOrder(collected, turns, next, inOrder.names());
            } else {
                claimOverAll(collected, turns, next);
            }
        } else if (claim instanceof Claim.One one) {
            claimOne(collected, turns, one);
        } else {
            run(collected, needed(turns));
        }
        for (Partition partition : collected.outboxes) {
            keys.deliver(partition);
        }
        return collected.reply();
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
                    ClaimArgs.next(next, false, queues, Math.min(next.limit(), AT_ONCE), next.struck()));
            run(collected, needed(turns));
            return;
        }
        run(collected, needed(turns));
        // Strict order over partitions: a later queue is asked only when the earlier ones have nothing left.
        for (String name : names) {
            int wanted = Math.min(next.limit() - collected.claimed.size(), AT_ONCE);
            if (wanted <= 0 || !collected.open) {
                return;
            }
            Turn turn = new Turn(partitions.ofQueue(name), collected.exchange);
            turn.claim = ClaimArgs.next(next, false, List.of(name), wanted, next.struck() - collected.struck());
            run(collected, List.of(turn));
        }
    }

    private void claimOverAll(Collected collected, List<Turn> turns, Claim.Next next) {
        List<String> except = List.copyOf(((Claim.Queues.AllBut) next.queues()).except());
        int first = Math.floorMod(rotation.getAndIncrement(), turns.size());
        List<Turn> asked = new ArrayList<>(turns.subList(first, turns.size()));
        asked.addAll(turns.subList(0, first));
        int limit = Math.min(next.limit(), AT_ONCE);
        for (int round = 0; round < ROUNDS && !asked.isEmpty(); round++) {
            int wanted = limit - collected.claimed.size();
            int share = wanted / asked.size();
            int extra = wanted % asked.size();
            int struck = Math.max(0, next.struck() - collected.struck());
            for (Turn turn : asked) {
                int part = share + (extra-- > 0 ? 1 : 0);
                int ofStruck = part > 0 ? Math.min(struck, part) : 0;
                struck -= ofStruck;
                turn.claim = ClaimArgs.next(next, true, except, part, ofStruck);
            }
            run(collected, asked);
            boolean full = collected.claimed.size() >= limit || !collected.open;
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

    /** Sends the turns together; one with very many outcomes in several calls, of which the last claims. */
    private void run(Collected collected, List<Turn> turns) {
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        List<Runnable> readers = new ArrayList<>();
        for (Turn turn : turns) {
            int from = 0;
            do {
                int to = Math.min(from + AT_ONCE, turn.settlements.size());
                boolean last = to == turn.settlements.size();
                List<Integer> part = turn.settlements.subList(from, to);
                CompletableFuture<List<Object>> reply = server.change(
                        Script.EXCHANGE, turn.partition, turn.args(part, last ? turn.claim : List.of(new byte[0])));
                replies.add(reply);
                readers.add(() -> collected.read(turn, part, server.await(reply)));
                from = to;
            } while (from < turn.settlements.size());
        }
        server.awaitAll(replies);
        readers.forEach(Runnable::run);
        collected.fetchApart();
    }

    /** One call's share: a partition, its settlements (by index), its claim. */
    private final class Turn {
        final Partition partition;
        final Exchange exchange;
        final List<Integer> settlements = new ArrayList<>();
        List<byte[]> claim = List.of(new byte[0]);
        int left;

        Turn(Partition partition, Exchange exchange) {
            this.partition = partition;
            this.exchange = exchange;
        }

        boolean hasMore(boolean struckWanted) {
            return (left & 1) != 0 || (struckWanted && (left & 2) != 0);
        }

        List<byte[]> args(List<Integer> part, List<byte[]> claiming) {
            Args args = new Args()
                    .add(retention)
                    .add(exchange.session())
                    .add(exchange.number())
                    .add(part.size());
            part.forEach(index -> SettleArgs.add(args, exchange.settlements().get(index)));
            claiming.forEach(args::add);
            return args.list();
        }
    }

    /** What the partitions answered, put together. */
    private final class Collected {
        final Exchange exchange;
        final SettleAnswer[] answers;
        final List<ClaimedJob> claimed = new ArrayList<>();
        final List<Partition> outboxes = new ArrayList<>();
        private final List<Apart> apart = new ArrayList<>();
        boolean open = true;
        long now;
        long nextDue = Micros.NEVER;

        Collected(Exchange exchange) {
            this.exchange = exchange;
            this.answers = new SettleAnswer[exchange.settlements().size()];
        }

        int struck() {
            return (int) claimed.stream().filter(job -> job.history().struck()).count();
        }

        void read(Turn turn, List<Integer> part, List<Object> reply) {
            open &= Server.number(reply.get(0)) == 1;
            now = Math.max(now, Unpack.told((byte[]) reply.get(1)));
            nextDue = Math.min(nextDue, Unpack.told((byte[]) reply.get(2)));
            byte[] letters = (byte[]) reply.get(3);
            for (int i = 0; i < part.size(); i++) {
                answers[part.get(i)] = SettleArgs.answer(letters[i]);
            }
            turn.left = (int) Server.number(reply.get(4));
            if ((turn.left & 4) != 0 && !partitions.single()) {
                outboxes.add(turn.partition);
            }
            for (int at = 6; at < reply.size(); at += 3) {
                apart.add(
                        new Apart(turn.partition, (byte[]) reply.get(at), Head.of((byte[]) reply.get(at + 1)), (byte[])
                                reply.get(at + 2)));
            }
        }

        /** Brings what the claimed jobs have besides: large payloads, results of steps; nothing for plain ones. */
        void fetchApart() {
            List<CompletableFuture<byte[]>> payloads = new ArrayList<>();
            List<CompletableFuture<Map<byte[], byte[]>>> steps = new ArrayList<>();
            for (Apart job : apart) {
                Partition partition = job.partition;
                java.util.UUID id = Unpack.id(job.id);
                payloads.add(
                        job.head.has(Head.LARGE)
                                ? server.send(commands -> commands.get(partition.key('b', id)))
                                : CompletableFuture.completedFuture(null));
                steps.add(
                        job.head.has(Head.STEPS)
                                ? server.send(commands -> commands.hgetall(partition.key('k', id)))
                                : CompletableFuture.completedFuture(Map.of()));
            }
            List<byte[]> fetched = server.awaitAll(payloads);
            List<Map<byte[], byte[]>> named = server.awaitAll(steps);
            for (int i = 0; i < apart.size(); i++) {
                claimed.add(apart.get(i).claimed(fetched.get(i), Looks.byName(named.get(i))));
            }
            apart.clear();
        }

        ExchangeReply reply() {
            if (!partitions.single()
                    && exchange.claim() instanceof Claim.Next next
                    && next.queues() instanceof Claim.Queues.AllBut) {
                claimed.sort(
                        Comparator.comparingInt((ClaimedJob job) -> -job.spec().priority())
                                .thenComparing(job -> job.times().dueAt()));
            }
            return new ExchangeReply(open, List.of(answers), claimed, Micros.instant(now), Micros.orNull(nextDue));
        }
    }

    /** A claimed job, as the script told of it. */
    private record Apart(Partition partition, byte[] id, Head head, byte[] spec) {
        ClaimedJob claimed(byte @Nullable [] payload, Map<String, byte[]> steps) {
            return new ClaimedJob(
                    Specs.spec(Unpack.id(id), head.priority(), spec, payload),
                    head.token(),
                    new ClaimedJob.History(head.attempt(), head.snoozes(), head.rescues()),
                    new ClaimedJob.Times(
                            Micros.instant(head.createdAt()),
                            Micros.instant(head.dueAt()),
                            Micros.orNull(head.expiresAt())),
                    steps);
        }
    }
}
