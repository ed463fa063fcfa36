package dev.millrace.redis;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Unique keys of jobs that live in another partition than their key. A key is reserved with the job's id before the job is
 * stored, and freed by the outbox of the job's partition after it has ended. A key whose job lives in its own partition is
 * the enqueuing script's business, and costs nothing here.
 */
final class UniqueKeys {
    /** How many reservations one script call takes, so that others are not kept waiting for long. */
    private static final int AT_ONCE = 1_000;

    private static final byte[] NONE = {};

    private final Server server;
    private final Partitions partitions;

    UniqueKeys(Server server, Partitions partitions) {
        this.server = server;
        this.partitions = partitions;
    }

    /**
     * Who has a key.
     *
     * @param job may be the one that asked
     * @param lives that job's partition
     * @param since when it was reserved, by the clock of the key's home, in microseconds: what tells this reservation from a
     *     later one of the same job
     * @param old whether that is longer than a lease ago
     */
    record Holder(UUID job, Partition lives, long since, boolean old) {}

    /** The home of the job's key, no stamp, and its name, as scripts take it; empty when it has none. */
    byte[] homed(JobSpec spec) {
        byte[] name = Specs.unique(spec);
        return name.length == 0
                ? NONE
                : new Pack(name.length + 10)
                        .u16(partitions.of(name).number())
                        .whole(Reservation.FIRST)
                        .raw(name)
                        .bytes();
    }

    /**
     * Reserves the keys of these jobs where they are homed elsewhere; what cannot be stored gets its answer.
     *
     * @return for each since when its key is reserved; 0 where it was not to be
     */
    long[] reserve(List<NewJob> jobs, @Nullable Answer[] answers, Contests contests) {
        List<Integer> abroad = IntStream.range(0, jobs.size())
                .filter(i -> answers[i] == null && abroad(jobs.get(i).spec()))
                .boxed()
                .toList();
        List<Reservation> wanted =
                abroad.stream().map(i -> Reservation.first(jobs.get(i).spec())).toList();
        List<Holder> holders = reserve(wanted);
        long[] since = new long[jobs.size()];
        for (int i = 0; i < wanted.size(); i++) {
            since[abroad.get(i)] = holders.get(i).since();
        }
        List<Integer> refused = IntStream.range(0, wanted.size())
                .filter(i -> !wanted.get(i).isHeldBy(holders.get(i)))
                .boxed()
                .toList();
        // What may replace a job of the same call waits until that is stored.
        Set<UUID> coming = new HashSet<>();
        jobs.forEach(job -> coming.add(job.spec().id()));
        List<byte[]> heads =
                heads(refused.stream().map(i -> wanted.get(i).spec()).toList());
        for (int i = 0; i < refused.size(); i++) {
            int at = refused.get(i);
            int index = abroad.get(at);
            JobSpec spec = wanted.get(at).spec();
            if (heads.get(i) != null) {
                answers[index] = new Answer.Known(spec.id());
            } else if (Ties.rule(spec) == 0 || coming.contains(holders.get(at).job())) {
                answers[index] = new Answer.Duplicate(holders.get(at).job());
            } else {
                answers[index] = contests.settle(jobs.get(index), holders.get(at), since, index);
            }
        }
        return since;
    }

    /**
     * Reserves keys, those that are free in one round.
     *
     * @return for each who holds it now: the job itself if it may be stored
     */
    List<Holder> reserve(List<Reservation> wanted) {
        List<Holder> held = new ArrayList<>(ask(wanted));
        List<Integer> freed = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            Holder holder = held.get(i);
            Reservation one = wanted.get(i);
            if (!one.isHeldBy(holder) && holder.old() && takenFrom(holder, Specs.unique(one.spec()))) {
                freed.add(i);
            }
        }
        List<Holder> again = ask(freed.stream().map(wanted::get).toList());
        for (int i = 0; i < freed.size(); i++) {
            held.set(freed.get(i), again.get(i));
        }
        return held;
    }

    /** Reserves those that are free, and tells of all who holds them. */
    List<Holder> ask(List<Reservation> wanted) {
        Map<Partition, List<Integer>> shares = byHome(wanted);
        List<List<Integer>> parts = new ArrayList<>();
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        shares.forEach((home, share) -> {
            for (int from = 0; from < share.size(); from += AT_ONCE) {
                List<Integer> part = share.subList(from, Math.min(from + AT_ONCE, share.size()));
                Args args = new Args();
                for (int index : part) {
                    JobSpec spec = wanted.get(index).spec();
                    args.add(spec.id())
                            .add(partitions.ofQueue(spec.queue()).number())
                            .add(wanted.get(index).stamp())
                            .add(wanted.get(index).from().bytes())
                            .add(Specs.unique(spec));
                }
                parts.add(part);
                replies.add(server.change(Script.RESERVE, home, args.list()));
            }
        });
        List<List<Object>> results = server.awaitAll(replies);
        @Nullable Holder[] holders = new Holder[wanted.size()];
        for (int i = 0; i < parts.size(); i++) {
            List<Object> reply = results.get(i);
            int at = 0;
            for (int index : parts.get(i)) {
                holders[index] = new Holder(
                        Unpack.id((byte[]) reply.get(at)),
                        partitions.get((int) Server.number(reply.get(at + 1))),
                        Server.number(reply.get(at + 2)),
                        Server.number(reply.get(at + 3)) == 1);
                at += 4;
            }
        }
        return Stream.of(holders).map(Objects::requireNonNull).toList();
    }

    private Map<Partition, List<Integer>> byHome(List<Reservation> keys) {
        Map<Partition, List<Integer>> shares = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            Partition home = partitions.of(Specs.unique(keys.get(i).spec()));
            shares.computeIfAbsent(home, any -> new ArrayList<>()).add(i);
        }
        return shares;
    }

    /** Frees a key that was reserved for long, unless its holder is there, or has reserved it anew; whether it tried. */
    boolean takenFrom(Holder holder, byte[] name) {
        if (!burned(holder)) {
            return false;
        }
        free(holder, name);
        return true;
    }

    /** Sees to it that nothing will be stored on the strength of this reservation; false if its job is there. */
    boolean burned(Holder holder) {
        return !server.yes(
                Script.BURN,
                holder.lives(),
                new Args().add(holder.job()).add(holder.since()).list());
    }

    /** Frees the key of a burned reservation; a later one of the same job keeps it. */
    void free(Holder holder, byte[] name) {
        server.call(
                Script.FREE,
                partitions.of(name),
                new Args()
                        .add(holder.job())
                        .add("since")
                        .add(holder.since())
                        .add(name)
                        .list());
    }

    /** Lets the key pass from a job that runs to one that is about to be stored; who holds it now. */
    Holder takeOver(JobSpec spec, Holder from) {
        Reservation.From.Another another = new Reservation.From.Another(from.job(), from.since());
        return ask(List.of(Reservation.from(spec, another))).get(0);
    }

    /** Reserves the key of a job whose reservation has lapsed anew, so that it may be stored after all; who holds it now. */
    Holder revive(JobSpec spec) {
        return reserve(List.of(Reservation.anew(spec))).get(0);
    }

    /** Gives back reservations whose jobs were not stored or not run again, unless those jobs hold them by now. */
    void giveBack(List<Reservation> unused) {
        List<byte[]> heads = heads(unused.stream().map(Reservation::spec).toList());
        List<Reservation> free = IntStream.range(0, unused.size())
                .filter(i -> heads.get(i) == null || !holds(unused.get(i).spec(), Head.of(heads.get(i))))
                .mapToObj(unused::get)
                .toList();
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        byHome(free).forEach((home, share) -> {
            Args args = new Args();
            share.stream()
                    .map(free::get)
                    .forEach(one -> args.add(one.spec().id())
                            .add("stamp")
                            .add(one.stamp())
                            .add(Specs.unique(one.spec())));
            replies.add(server.change(Script.FREE, home, args.list()));
        });
        server.awaitAll(replies);
    }

    /** Whether a job holds its key: it is unfinished, or may hold it in its window. */
    private static boolean holds(JobSpec spec, Head head) {
        return !head.state().finished() || Ties.holdsAfterEnd(spec);
    }

    /** Frees the reservations of jobs that turned out to be known already and to have ended. */
    void giveBack(List<NewJob> jobs, @Nullable Answer[] answers) {
        giveBack(IntStream.range(0, jobs.size())
                .filter(i -> answers[i] instanceof Answer.Known)
                .mapToObj(i -> jobs.get(i).spec())
                .filter(this::abroad)
                .map(Reservation::first)
                .toList());
    }

    /** Whether the job has a key that is homed in another partition. */
    boolean abroad(JobSpec spec) {
        if (partitions.single() || spec.keys().uniqueKey() == null) {
            return false;
        }
        byte[] name = Specs.unique(spec);
        return partitions.of(name).number() != partitions.ofQueue(spec.queue()).number();
    }

    /** The heads of jobs, null for those that are not there. */
    private List<byte[]> heads(List<JobSpec> jobs) {
        return server.awaitAll(jobs.stream()
                .map(spec -> partitions.ofQueue(spec.queue()).key('h', spec.id()))
                .map(key -> server.send(commands -> commands.get(key)))
                .toList());
    }
}
