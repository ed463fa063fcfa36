package dev.millrace.redis;

import dev.millrace.spi.Due;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Stores new jobs: one script per partition, all of its jobs or none. */
final class Enqueues {
    private final Server server;
    private final Partitions partitions;
    private final UniqueKeys keys;
    private final KnownIds known;

    Enqueues(Server server, Partitions partitions, UniqueKeys keys) {
        this.server = server;
        this.partitions = partitions;
        this.keys = keys;
        this.known = new KnownIds(server, partitions);
    }

    List<Answer> enqueue(List<NewJob> jobs, Instant roughlyNow) {
        // A time that cannot be kept fails the whole call, before anything is stored.
        jobs.forEach(job -> checkTimes(job, roughlyNow));
        @Nullable Answer[] answers = new Answer[jobs.size()];
        known.find(jobs, answers);
        keys.reserve(jobs, answers);
        Map<Partition, List<Integer>> shares = new LinkedHashMap<>();
        for (int i = 0; i < jobs.size(); i++) {
            if (answers[i] == null) {
                shares.computeIfAbsent(partitions.ofQueue(jobs.get(i).spec().queue()), any -> new ArrayList<>())
                        .add(i);
            }
        }
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        shares.forEach((partition, share) -> replies.add(server.change(
                Script.ENQUEUE, partition, args(share.stream().map(jobs::get).toList()))));
        List<List<Object>> results = server.awaitAll(replies);
        int next = 0;
        for (List<Integer> share : shares.values()) {
            List<Object> result = results.get(next++);
            for (int i = 0; i < share.size(); i++) {
                UUID id = jobs.get(share.get(i)).spec().id();
                answers[share.get(i)] = answer(id, (byte[]) result.get(i));
            }
        }
        keys.giveBack(jobs, answers);
        return Arrays.stream(answers).map(Objects::requireNonNull).toList();
    }

    private static Answer answer(UUID id, byte[] reply) {
        return switch (reply[0]) {
            case 'S' -> new Answer.Stored(id);
            case 'K' -> new Answer.Known(id);
            default -> new Answer.Duplicate(Unpack.id(Arrays.copyOfRange(reply, 1, 17)));
        };
    }

    private static void checkTimes(NewJob job, Instant roughlyNow) {
        Micros.of(job.due().resolve(roughlyNow));
        Due expiry = job.expiry();
        if (expiry != null) {
            Micros.of(expiry.resolve(roughlyNow));
        }
    }

    private List<byte[]> args(List<NewJob> jobs) {
        Map<Lane, Integer> lanes = new LinkedHashMap<>();
        jobs.forEach(
                job -> lanes.putIfAbsent(new Lane(job.spec().kind(), job.spec().queue()), lanes.size() + 1));
        Args args = new Args().add(lanes.size());
        lanes.keySet().forEach(lane -> args.add(Specs.lane(lane.kind(), lane.queue())));
        for (NewJob job : jobs) {
            JobSpec spec = job.spec();
            Pack fixed = new Pack(48)
                    .id(spec.id())
                    .u16(Objects.requireNonNull(lanes.get(new Lane(spec.kind(), spec.queue()))));
            time(fixed, job.due());
            time(fixed, job.expiry());
            args.add(fixed.u16(spec.priority()).micros(Specs.keepFor(spec)).bytes())
                    .add(Specs.bytes(spec))
                    .add(Specs.large(spec))
                    .add(keys.homed(spec));
        }
        return args.list();
    }

    private static void time(Pack out, @Nullable Due due) {
        if (due == null) {
            out.u8(0).micros(Micros.NEVER);
        } else if (due instanceof Due.At at) {
            out.u8(0).micros(Micros.of(at.instant()));
        } else {
            out.u8(1).micros(delay(((Due.After) due).delay()));
        }
    }

    /** A delay in microseconds; one that is not positive as none. */
    static long delay(Duration delay) {
        return delay.isNegative()
                ? 0
                : Math.addExact(Math.multiplyExact(delay.getSeconds(), 1_000_000L), delay.getNano() / 1_000);
    }

    private record Lane(String kind, String queue) {}
}
