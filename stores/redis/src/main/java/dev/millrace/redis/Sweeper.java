package dev.millrace.redis;

import dev.millrace.Failure;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.spi.Transition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Upkeep: the home of sessions says who is dead, then every partition does its part. */
final class Sweeper {
    private static final Failure STRUCK_OUT =
            Failure.of("WorkerDied", "its worker died " + Transition.STRIKES + " times");

    /** What silence.lua says of an open session. */
    private static final int OPEN = 2;

    private final Server server;
    private final Partitions partitions;
    private final Retention retention;
    private final Outbox outbox;
    private final Letters letters;

    Sweeper(Server server, Partitions partitions, Retention retention, Outbox outbox, Letters letters) {
        this.server = server;
        this.partitions = partitions;
        this.retention = retention;
        this.outbox = outbox;
        this.letters = letters;
    }

    /** The report, and whether jobs were told of others besides. */
    record Done(SweepReport report, boolean moved) {}

    Done sweep(Sweep sweep) {
        List<Object> sessions = server.call(
                Script.SILENCE,
                partitions.sessions(),
                new Args().add(Specs.micros(sweep.lease())).list());
        List<Object> closed = new ArrayList<>();
        for (int at = 0; at < sessions.size(); at += 2) {
            if (Server.number(sessions.get(at + 1)) != OPEN) {
                closed.addAll(sessions.subList(at, at + 2));
            }
        }
        List<List<Object>> results = inAll(sweep, closed, retention.most(), retention.most());
        forget(closed, results);
        List<Partition> lettered = partitions.all().stream()
                .filter(partition ->
                        (Server.number(results.get(partition.number()).get(6)) & 2) != 0)
                .toList();
        boolean moved = !lettered.isEmpty();
        boolean more = letters.deliverAtLeisure(lettered);
        SweepReport report = report(results, sweep.limit(), 0, more);
        if (partitions.single()) {
            return new Done(report, moved);
        }
        adopt(sessions, results, 7 + closed.size() / 2);
        for (int i = 0; i < results.size(); i++) {
            if ((Server.number(results.get(i).get(6)) & 1) != 0) {
                outbox.deliverOrLeave(partitions.get(i));
            }
        }
        int trimmed =
                new Surplus(server, partitions, retention, Math.max(0, sweep.limit() - report.purged())).purge(results);
        return new Done(report(results, sweep.limit(), trimmed, more), moved);
    }

    /**
     * Sessions that partitions know and their home does not: it lost them in a failover. They count as heard of now, so that
     * their workers go on, and those that are dead are found out a lease later.
     */
    private void adopt(List<Object> known, List<List<Object>> results, int from) {
        Set<UUID> at = new HashSet<>();
        for (int i = 0; i < known.size(); i += 2) {
            at.add(Unpack.id((byte[]) known.get(i)));
        }
        List<CompletableFuture<List<Object>>> adopted = new ArrayList<>();
        for (List<Object> result : results) {
            for (int i = from; i < result.size(); i += 2) {
                byte[] session = (byte[]) result.get(i);
                if (at.add(Unpack.id(session))) {
                    Args args = new Args().add(session).add((byte[]) result.get(i + 1));
                    adopted.add(server.change(
                            Script.REGISTER,
                            partitions.sessions(),
                            args.add("{}").list()));
                }
            }
        }
        server.awaitAll(adopted);
    }

    private List<List<Object>> inAll(Sweep sweep, List<Object> closed, long succeeded, long cancelled) {
        Args args = new Args()
                .add(retention)
                .add(sweep.limit())
                .add(succeeded)
                .add(cancelled)
                .add(Specs.bytes(STRUCK_OUT));
        for (int at = 0; at < closed.size(); at += 2) {
            args.add((byte[]) closed.get(at));
        }
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        partitions.all().forEach(partition -> replies.add(server.change(Script.SWEEP, partition, args.list())));
        return server.awaitAll(replies);
    }

    private static SweepReport report(List<List<Object>> results, int limit, int trimmed, boolean letters) {
        int[] sums = new int[4];
        boolean more = letters || (trimmed > 0 && trimmed >= limit);
        for (List<Object> result : results) {
            for (int i = 0; i < sums.length; i++) {
                int number = (int) Server.number(result.get(i));
                sums[i] += number;
                more |= number >= limit;
            }
        }
        return new SweepReport(sums[0], sums[1], sums[2], sums[3] + trimmed, more);
    }

    /** Forgets sessions that were closed over an hour ago and hold nothing in any partition. */
    private void forget(List<Object> closed, List<List<Object>> results) {
        Args args = new Args();
        for (int i = 0; i * 2 < closed.size(); i++) {
            int held = 7 + i;
            boolean old = Server.number(closed.get(i * 2 + 1)) == 1;
            if (old && results.stream().allMatch(result -> Server.number(result.get(held)) == 0)) {
                args.add((byte[]) closed.get(i * 2));
            }
        }
        if (!args.list().isEmpty()) {
            server.call(Script.FORGET, partitions.sessions(), args.list());
        }
    }
}
