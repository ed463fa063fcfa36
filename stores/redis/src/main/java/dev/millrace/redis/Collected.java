package dev.millrace.redis;

import dev.millrace.StoreException;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Micros;
import dev.millrace.spi.SettleAnswer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What the partitions answered, put together. */
final class Collected {
    private final Server server;
    private final Partitions partitions;
    final Exchange exchange;
    final SettleAnswer[] answers;
    final List<ClaimedJob> claimed = new ArrayList<>();
    final List<Partition> outboxes = new ArrayList<>();
    /** Where there are letters. */
    final List<Partition> lettered = new ArrayList<>();
    /** What is left in the queues that were counted. */
    final Map<String, Waiting> waiting = new HashMap<>();

    private final List<Apart> apart = new ArrayList<>();
    boolean open = true;
    /** Whether other jobs than those that were settled or claimed have moved. */
    boolean moved;

    @Nullable
    StoreException failure;

    private boolean heard;
    private boolean doubtful;
    private int calls;
    long now;
    long nextDue = Micros.NEVER;

    /** How many jobs a claim would find in a queue: such as were never rescued, and struck ones. */
    record Waiting(int plain, int struck) {}

    Collected(Server server, Partitions partitions, Exchange exchange) {
        this.server = server;
        this.partitions = partitions;
        this.exchange = exchange;
        this.answers = new SettleAnswer[exchange.settlements().size()];
    }

    int struck() {
        return (int) claimed.stream().filter(job -> job.history().struck()).count();
    }

    int nextCall() {
        return Math.min(calls++, Turn.MOST_CALLS - 1);
    }

    /** Whether the call as a whole has to fail. */
    boolean fails() {
        return failure != null && (doubtful || !heard);
    }

    void failed(List<Integer> settlements, StoreException e) {
        failure = failure == null ? e : failure;
        doubtful |= !settlements.isEmpty() || !RedisErrors.untouched(e);
    }

    void read(Turn turn, List<Integer> part, List<Object> reply) {
        long state = Server.number(reply.get(0));
        if (state == 2) {
            throw server.errors()
                    .passing("was sent this call twice or late, and claimed nothing for it now. What the"
                            + " first claimed is found by the worker's next beat");
        }
        heard = true;
        open &= state == 1;
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
        if ((turn.left & 8) != 0) {
            lettered.add(turn.partition);
        }
        moved |= (turn.left & 16) != 0;
        byte[] remaining = (byte[]) reply.get(5);
        if (remaining.length > 0) {
            Unpack counts = new Unpack(remaining);
            turn.counted.forEach(queue -> waiting.put(queue, new Waiting(counts.u32(), counts.u32())));
        }
        for (int at = 6; at < reply.size(); at += 3) {
            apart.add(new Apart(turn.partition, (byte[]) reply.get(at), Head.of((byte[]) reply.get(at + 1)), (byte[])
                    reply.get(at + 2)));
        }
    }

    /** Brings what the claimed jobs have besides: large payloads, results of steps; nothing for plain ones. */
    void fetchApart() {
        List<CompletableFuture<byte[]>> payloads = new ArrayList<>();
        List<CompletableFuture<Map<byte[], byte[]>>> steps = new ArrayList<>();
        for (Apart job : apart) {
            Partition partition = job.partition();
            UUID id = Unpack.id(job.id());
            payloads.add(
                    job.head().has(Head.LARGE)
                            ? server.send(commands -> commands.get(partition.key('b', id)))
                            : CompletableFuture.completedFuture(null));
            steps.add(
                    job.head().has(Head.STEPS)
                            ? server.send(commands -> commands.hgetall(partition.key('k', id)))
                            : CompletableFuture.completedFuture(Map.of()));
        }
        for (int i = 0; i < apart.size(); i++) {
            try {
                claimed.add(
                        apart.get(i).claimed(server.await(payloads.get(i)), Looks.byName(server.await(steps.get(i)))));
            } catch (StoreException e) {
                // Claimed, but it cannot be started: the beat after the failed call finds it.
                failure = failure == null ? e : failure;
                doubtful = true;
            }
        }
        apart.clear();
    }

    /** In which order the claims of several partitions are to be started; those of one are in order already. */
    private static Comparator<ClaimedJob> order(Claim.Queues queues) {
        if (queues instanceof Claim.Queues.InOrder inOrder) {
            return Comparator.comparingInt(
                    job -> inOrder.names().indexOf(job.spec().queue()));
        }
        return Comparator.comparingInt((ClaimedJob job) -> -job.spec().priority())
                .thenComparing(job -> job.times().dueAt());
    }

    ExchangeReply reply() {
        if (!partitions.single() && exchange.claim() instanceof Claim.Next next) {
            claimed.sort(order(next.queues()));
        }
        return new ExchangeReply(open, List.of(answers), claimed, Micros.instant(now), Micros.orNull(nextDue));
    }
}
