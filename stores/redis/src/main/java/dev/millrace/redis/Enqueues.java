package dev.millrace.redis;

import dev.millrace.redis.Ties.Absence;
import dev.millrace.spi.Due;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Micros;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Retention;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Stores new jobs: one script per partition, all of its jobs or none. */
final class Enqueues {
    /** So many take a server about a second, far less than the shortest wait that is usual before a call is given up. */
    static final int MOST_JOBS = 20_000;

    static final long MOST_BYTES = 64L * 1_048_576;

    private final Server server;
    private final Partitions partitions;
    private final UniqueKeys keys;
    private final KnownIds known;
    private final Contests contests;
    private final Families families;
    private final ParentKeys parentKeys;
    private final EnqueueArgs args;

    Enqueues(Server server, Partitions partitions, Retention retention, UniqueKeys keys, Letters letters) {
        this.server = server;
        this.partitions = partitions;
        this.keys = keys;
        this.known = new KnownIds(server, partitions);
        this.args = new EnqueueArgs(retention, keys, new Ties(partitions));
        this.contests = new Contests(server, partitions, keys, args);
        this.families = new Families(server, partitions, letters);
        this.parentKeys = new ParentKeys(server, partitions, keys);
    }

    List<Answer> enqueue(List<NewJob> jobs, Instant roughlyNow) {
        // A time that cannot be kept fails the whole call, before anything is stored.
        jobs.forEach(job -> checkTimes(job, roughlyNow));
        checkSize(jobs);
        @Nullable Answer[] answers = new Answer[jobs.size()];
        known.find(jobs, answers);
        Absence absent = families.apart(jobs) ? Absence.IS_DELETION : Absence.REFUSES;
        boolean apart = absent == Absence.IS_DELETION;
        if (apart) {
            families.check(jobs, answers);
        }
        parentKeys.check(jobs, answers);
        long[] since = keys.reserve(jobs, answers, contests);
        parentKeys.refuse(jobs, answers);
        if (apart) {
            families.join(jobs, answers);
        }
        Map<Integer, byte[]> held = store(jobs, since, answers, absent);
        for (int tries = jobs.size(); tries > 0 && unsettled(held); tries--) {
            held.forEach((index, reply) ->
                    answers[index] = contested(jobs, since, index, Arrays.copyOfRange(reply, 5, reply.length)));
            held = store(jobs, since, answers, absent);
        }
        if (!held.isEmpty()) {
            held.forEach((index, reply) -> answers[index] = contested(jobs, since, index, reply));
            store(jobs, since, answers, absent)
                    .forEach((index, reply) -> answers[index] = lost(jobs.get(index), reply));
        }
        if (contests.settleWithin(jobs, answers, since)) {
            store(jobs, since, answers, absent)
                    .forEach((index, reply) -> answers[index] = lost(jobs.get(index), reply));
        }
        keys.giveBack(jobs, answers);
        if (apart) {
            families.joinKnown(jobs, answers);
            families.introduce(jobs, answers);
        }
        return Arrays.stream(answers).map(Objects::requireNonNull).toList();
    }

    /**
     * Stores those that have no answer yet.
     *
     * @param since when the keys that are homed elsewhere were reserved
     * @return what was replied for those whose keys are to be settled first, by index
     */
    private Map<Integer, byte[]> store(List<NewJob> jobs, long[] since, @Nullable Answer[] answers, Absence absent) {
        Map<Integer, List<Parent>> members =
                absent == Absence.IS_DELETION ? families.membersElsewhere(jobs, answers) : Map.of();
        Map<Partition, List<Integer>> shares = new LinkedHashMap<>();
        for (int i = 0; i < jobs.size(); i++) {
            if (answers[i] == null) {
                shares.computeIfAbsent(partitions.ofQueue(jobs.get(i).spec().queue()), any -> new ArrayList<>())
                        .add(i);
            }
        }
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        shares.forEach((partition, share) ->
                replies.add(server.change(Script.ENQUEUE, partition, args.of(jobs, share, since, absent, members))));
        List<List<Object>> results = server.awaitAll(replies);
        Map<Integer, byte[]> held = new HashMap<>();
        int next = 0;
        for (List<Integer> share : shares.values()) {
            List<Object> result = results.get(next++);
            byte[] first = (byte[]) result.get(0);
            refuseMissing(first);
            if (first[0] == 'W') {
                held.put(share.get(index(first)), first);
                continue;
            }
            for (int i = 0; i < share.size(); i++) {
                int index = share.get(i);
                UUID id = jobs.get(index).spec().id();
                byte[] reply = (byte[]) result.get(i);
                switch (reply[0]) {
                    case 'S' -> answers[index] = new Answer.Stored(id);
                    case 'K' -> answers[index] = new Answer.Known(id);
                    case 'D' -> answers[index] = new Answer.Duplicate(named(reply));
                    case 'R' -> answers[index] = new Answer.Replaced(named(reply));
                    default -> held.put(index, reply);
                }
            }
        }
        return held;
    }

    /** Whether nothing was stored since the key of a job that another waits for is to be settled first. */
    private static boolean unsettled(Map<Integer, byte[]> held) {
        return held.values().stream().anyMatch(reply -> reply[0] == 'W');
    }

    private static int index(byte[] reply) {
        Unpack in = new Unpack(reply);
        in.u8();
        return in.u32();
    }

    /** The job that a reply names behind its letter. */
    private static UUID named(byte[] reply) {
        return Unpack.id(Arrays.copyOfRange(reply, 1, 17));
    }

    private static void refuseMissing(byte[] reply) {
        if (reply[0] == 'M') {
            throw new MissingParentException(named(reply), Unpack.id(Arrays.copyOfRange(reply, 17, 33)));
        }
    }

    /** Settles whose a key is: null if the job may be stored now. */
    private @Nullable Answer contested(List<NewJob> jobs, long[] since, int index, byte[] reply) {
        JobSpec spec = jobs.get(index).spec();
        if (reply[0] == 'B') {
            UniqueKeys.Holder holder = keys.revive(spec);
            since[index] = holder.since();
            return holder.job().equals(spec.id()) ? null : new Answer.Duplicate(holder.job());
        }
        UniqueKeys.Holder holder = contests.holder(reply);
        if (reply[0] == 'C') {
            return contests.settle(jobs.get(index), holder, since, index);
        }
        return keys.takenFrom(holder, Specs.unique(spec)) ? null : new Answer.Duplicate(holder.job());
    }

    /** Who has taken the key in the meantime holds it now. */
    private Answer lost(NewJob job, byte[] reply) {
        if (reply[0] == 'B') {
            throw server.errors()
                    .passing(
                            "was told of job " + job.spec().id() + " longer than a lease after its unique key was"
                                    + " reserved: it was not stored, since the key may have gone to another. Repeating is safe");
        }
        return new Answer.Duplicate(named(reply));
    }

    /** What is stored all or none goes in one script, which Redis takes whole and answers nobody else while it runs. */
    private void checkSize(List<NewJob> jobs) {
        int[] count = new int[partitions.count()];
        long[] bytes = new long[partitions.count()];
        for (NewJob job : jobs) {
            int number = partitions.ofQueue(job.spec().queue()).number();
            count[number]++;
            bytes[number] += job.spec().payload().length;
            if (count[number] > MOST_JOBS || bytes[number] > MOST_BYTES) {
                throw new IllegalArgumentException(
                        "a list of " + jobs.size() + " jobs is too large to be stored all or none"
                                + " on Redis: at most " + MOST_JOBS + " jobs, and " + MOST_BYTES / 1_048_576
                                + " MiB of payloads, fit into one call. Nothing was stored; enqueue it in parts, or as a Stream");
            }
        }
    }

    private static void checkTimes(NewJob job, Instant roughlyNow) {
        Micros.of(job.due().resolve(roughlyNow));
        Due expiry = job.expiry();
        if (expiry != null) {
            Micros.of(expiry.resolve(roughlyNow));
        }
    }
}
