package dev.millrace.redis;

import dev.millrace.StoreException;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import io.lettuce.core.KeyValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unique keys of jobs that live in another partition than their key. A key is reserved with the job's id before the job is
 * stored, and freed by the outbox of the job's partition after it has ended. A key whose job lives in its own partition is
 * the enqueuing script's business, and costs nothing here.
 */
final class UniqueKeys {
    /** The stamp of a job's first reservation. */
    static final long FIRST = 0;

    private static final int LETTERS = 500;
    private static final byte[] NONE = {};
    private static final Logger log = LoggerFactory.getLogger(UniqueKeys.class);

    private final Server server;
    private final Partitions partitions;

    UniqueKeys(Server server, Partitions partitions) {
        this.server = server;
        this.partitions = partitions;
    }

    /** The home of the job's key, no stamp, and its name, as scripts take it; empty when it has none. */
    byte[] homed(JobSpec spec) {
        byte[] name = Specs.unique(spec);
        return name.length == 0
                ? NONE
                : new Pack(name.length + 10)
                        .u16(partitions.of(name).number())
                        .whole(FIRST)
                        .raw(name)
                        .bytes();
    }

    /** Reserves the keys of these jobs where they are homed elsewhere; what cannot be stored gets its answer. */
    void reserve(List<NewJob> jobs, @Nullable Answer[] answers) {
        for (int i = 0; i < jobs.size(); i++) {
            JobSpec spec = jobs.get(i).spec();
            if (answers[i] != null || !abroad(spec)) {
                continue;
            }
            UUID holder = reserve(spec, FIRST);
            if (!holder.equals(spec.id())) {
                answers[i] = exists(spec) ? new Answer.Known(spec.id()) : new Answer.Duplicate(holder);
            }
        }
    }

    /**
     * Reserves one job's key.
     *
     * @param stamp {@link #FIRST}, or for a job that is run again one that was not used before
     * @return who holds it now: the job itself if it may be stored
     */
    UUID reserve(JobSpec spec, long stamp) {
        byte[] name = Specs.unique(spec);
        Partition home = partitions.of(name);
        int lives = partitions.ofQueue(spec.queue()).number();
        List<byte[]> args =
                new Args().add(spec.id()).add(lives).add(stamp).add(name).list();
        List<Object> reply = server.call(Script.RESERVE, home, args);
        UUID holder = Unpack.id((byte[]) reply.get(0));
        boolean old = Server.number(reply.get(2)) == 1;
        if (holder.equals(spec.id()) || !old) {
            return holder;
        }
        if (!takenFrom(holder, partitions.get((int) Server.number(reply.get(1))), name)) {
            return holder;
        }
        return Unpack.id((byte[]) server.call(Script.RESERVE, home, args).get(0));
    }

    /** Frees a key that was reserved for long, unless its holder is there; whether it did. */
    boolean takenFrom(UUID holder, Partition lives, byte[] name) {
        if (server.yes(Script.BURN, lives, new Args().add(holder).list())) {
            return false;
        }
        server.call(
                Script.FREE,
                partitions.of(name),
                new Args().add(holder).add("any").add(name).list());
        return true;
    }

    /** Reserves the key of a job whose id was burned once more, so that it may be stored after all; who holds it now. */
    UUID revive(JobSpec spec) {
        UUID holder = abroad(spec) ? reserve(spec, FIRST) : spec.id();
        if (holder.equals(spec.id())) {
            server.call(
                    Script.UNBURN,
                    partitions.ofQueue(spec.queue()),
                    new Args().add(spec.id()).list());
        }
        return holder;
    }

    /** Gives back a reservation whose job was not stored or not run again, unless the job holds it by now. */
    void giveBack(JobSpec spec, long stamp) {
        Partition lives = partitions.ofQueue(spec.queue());
        byte[] key = lives.key('h', spec.id());
        byte[] found = server.await(server.send(commands -> commands.get(key)));
        if (found != null && !Head.of(found).state().finished()) {
            return;
        }
        byte[] name = Specs.unique(spec);
        server.call(
                Script.FREE,
                partitions.of(name),
                new Args().add(spec.id()).add(stamp).add(name).list());
    }

    /** Frees the reservations of jobs that turned out to be known already and to have ended. */
    void giveBack(List<NewJob> jobs, @Nullable Answer[] answers) {
        for (int i = 0; i < jobs.size(); i++) {
            JobSpec spec = jobs.get(i).spec();
            if (answers[i] instanceof Answer.Known && abroad(spec)) {
                giveBack(spec, FIRST);
            }
        }
    }

    /** Whether the job has a key that is homed in another partition. */
    boolean abroad(JobSpec spec) {
        if (partitions.single() || spec.keys().unique() == null) {
            return false;
        }
        byte[] name = Specs.unique(spec);
        return partitions.of(name).number() != partitions.ofQueue(spec.queue()).number();
    }

    /** Tells other partitions of all keys whose jobs have ended in this one. */
    void deliver(Partition partition) {
        int told;
        do {
            told = deliverSome(partition);
        } while (told == LETTERS);
    }

    /** Tells other partitions of keys whose jobs have ended in this one, so many at most. Harmless when repeated. */
    private int deliverSome(Partition partition) {
        List<KeyValue<byte[], byte[]>> outbox =
                server.await(server.send(commands -> commands.hrandfieldWithvalues(partition.key("outbox"), LETTERS)));
        Map<Partition, Args> letters = new LinkedHashMap<>();
        outbox.forEach(letter -> {
            Unpack in = new Unpack(letter.getValue());
            letters.computeIfAbsent(partitions.get(in.u16()), any -> new Args())
                    .add(letter.getKey())
                    .add(in.whole())
                    .add(in.rest());
        });
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        letters.forEach((home, args) -> replies.add(server.change(Script.FREE, home, args.list())));
        server.awaitAll(replies);
        if (!outbox.isEmpty()) {
            Args told = new Args();
            outbox.forEach(letter -> told.add(letter.getKey()).add(letter.getValue()));
            server.call(Script.DELIVERED, partition, told.list());
        }
        return outbox.size();
    }

    /** Delivers if the homes of the keys answer; otherwise a sweep does it. */
    void deliverOrLeave(Partition partition) {
        try {
            deliverSome(partition);
        } catch (StoreException e) {
            log.debug("keys of ended jobs are not free yet; a sweep frees them", e);
        }
    }

    private boolean exists(JobSpec spec) {
        byte[] key = partitions.ofQueue(spec.queue()).key('h', spec.id());
        return server.await(server.send(commands -> commands.get(key))) != null;
    }
}
