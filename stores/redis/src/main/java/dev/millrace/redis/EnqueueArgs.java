package dev.millrace.redis;

import dev.millrace.spi.Due;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Retention;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** New jobs, as enqueue.lua and replace.lua take them. */
final class EnqueueArgs {
    private final Retention retention;
    private final UniqueKeys keys;
    private final Ties ties;

    EnqueueArgs(Retention retention, UniqueKeys keys, Ties ties) {
        this.retention = retention;
        this.keys = keys;
        this.ties = ties;
    }

    /**
     * What goes to one partition.
     *
     * @param share which of the jobs, by index
     * @param since when the keys that are homed elsewhere were reserved
     * @param elsewhere by index of a workflow's head its members that go to other partitions; null where all goes to one
     */
    List<byte[]> of(
            List<NewJob> jobs, List<Integer> share, long[] since, @Nullable Map<Integer, List<Parent>> elsewhere) {
        Map<Lane, Integer> lanes = new LinkedHashMap<>();
        for (int index : share) {
            JobSpec spec = jobs.get(index).spec();
            lanes.putIfAbsent(new Lane(spec.kind(), spec.queue()), lanes.size() + 1);
        }
        Args args = new Args().add(retention).add(lanes.size());
        lanes.keySet().forEach(lane -> args.add(Specs.lane(lane.kind(), lane.queue())));
        Ties.Absence absent = elsewhere == null ? Ties.Absence.REFUSES : Ties.Absence.IS_DELETION;
        for (int index : share) {
            NewJob job = jobs.get(index);
            JobSpec spec = job.spec();
            int lane = Objects.requireNonNull(lanes.get(new Lane(spec.kind(), spec.queue())));
            Pack fixed = fixed(job, lane, since[index]);
            List<Parent> members = elsewhere == null ? List.of() : elsewhere.getOrDefault(index, List.of());
            if (Ties.any(job)) {
                fixed.raw(ties.of(job, members, absent));
            }
            args.add(fixed.bytes())
                    .add(Specs.bytes(spec))
                    .add(Specs.large(spec))
                    .add(keys.homed(spec));
        }
        return args.list();
    }

    /** For replace.lua: what the holder of the job's key becomes if it still waits. */
    List<byte[]> of(NewJob job, UniqueKeys.Holder holder) {
        byte[] fixed = fixed(job, 0, 0)
                .raw(ties.of(job, List.of(), Ties.Absence.IS_DELETION))
                .bytes();
        return new Args()
                .add(retention)
                .add(holder.job())
                .add(fixed)
                .add(Specs.bytes(job.spec()))
                .add(Specs.large(job.spec()))
                .list();
    }

    private static Pack fixed(NewJob job, int lane, long since) {
        Pack fixed = new Pack(56).id(job.spec().id()).u16(lane);
        time(fixed, job.due());
        time(fixed, job.expiry());
        return fixed.u16(job.spec().priority())
                .micros(Specs.keepFor(job.spec()))
                .whole(since);
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
