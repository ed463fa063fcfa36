package dev.millrace.redis;

import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Transfer.Item;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Jobs that come from elsewhere, as they were. */
final class Imports {
    private static final int PART_JOBS = 1_000;
    private static final long PART_BYTES = 8 * 1_048_576;

    private final Server server;
    private final Partitions partitions;
    private final Retention retention;
    private final UniqueKeys keys;
    private final Ties ties;
    private final Letters letters;

    Imports(Server server, Partitions partitions, Retention retention, UniqueKeys keys, Letters letters) {
        this.server = server;
        this.partitions = partitions;
        this.retention = retention;
        this.keys = keys;
        this.ties = new Ties(partitions);
        this.letters = letters;
    }

    /** Stores those that are new; how many were. */
    int take(List<Item.Job> items) {
        Map<Partition, List<Item.Job>> shares = new LinkedHashMap<>();
        List<Reservation> keyed = new ArrayList<>();
        int taken = 0;
        for (Item.Job job : items) {
            JobSpec spec = job.job().spec();
            boolean holds = !job.job().state().finished() || Ties.holdsAfterEnd(spec);
            if (holds && keys.abroad(spec)) {
                keyed.add(Reservation.first(spec));
            }
            shares.computeIfAbsent(partitions.ofQueue(spec.queue()), any -> new ArrayList<>())
                    .add(job);
        }
        // A key that another job holds stays there: the imported job is stored without it.
        keys.reserve(keyed);
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        List<List<Item.Job>> parts = new ArrayList<>();
        shares.forEach((partition, jobs) -> {
            for (List<Item.Job> part : parts(jobs)) {
                parts.add(part);
                replies.add(server.change(Script.IMPORT, partition, args(part)));
            }
        });
        List<List<Object>> results = server.awaitAll(replies);
        List<Reservation> unused = new ArrayList<>();
        int next = 0;
        for (List<Item.Job> jobs : parts) {
            List<Object> reply = results.get(next++);
            for (int i = 0; i < jobs.size(); i++) {
                JobSpec spec = jobs.get(i).job().spec();
                if (Server.number(reply.get(i)) == 1) {
                    taken++;
                } else if (keys.abroad(spec)) {
                    unused.add(Reservation.first(spec));
                }
            }
        }
        keys.giveBack(unused);
        if (items.stream().anyMatch(item -> Ties.isTied(item))) {
            letters.deliverOrLeave(partitions.all());
        }
        return taken;
    }

    /** Cut so that no script takes long or much. */
    private static List<List<Item.Job>> parts(List<Item.Job> jobs) {
        List<List<Item.Job>> parts = new ArrayList<>();
        long bytes = 0;
        int from = 0;
        for (int i = 0; i < jobs.size(); i++) {
            bytes += size(jobs.get(i));
            if (bytes >= PART_BYTES || i + 1 - from == PART_JOBS || i + 1 == jobs.size()) {
                parts.add(jobs.subList(from, i + 1));
                from = i + 1;
                bytes = 0;
            }
        }
        return parts;
    }

    private static long size(Item.Job item) {
        byte[] result = item.job().result();
        long bytes = item.job().spec().payload().length;
        bytes += result == null ? 0 : result.length;
        for (LogLine line : item.trail().log()) {
            bytes += line.text().length();
        }
        for (byte[] step : item.trail().steps().values()) {
            bytes += step.length;
        }
        return bytes;
    }

    private List<byte[]> args(List<Item.Job> jobs) {
        List<String> lanes = new ArrayList<>();
        Args names = new Args();
        Args rest = new Args();
        for (Item.Job item : jobs) {
            JobSpec spec = item.job().spec();
            byte[] lane = Specs.lane(spec.kind(), spec.queue());
            String name = new String(lane, java.nio.charset.StandardCharsets.ISO_8859_1);
            if (!lanes.contains(name)) {
                lanes.add(name);
                names.add(lane);
            }
            add(rest, item, lanes.indexOf(name) + 1);
        }
        Args args = new Args().add(retention).add(lanes.size());
        names.list().forEach(args::add);
        rest.list().forEach(args::add);
        return args.list();
    }

    private void add(Args args, Item.Job item, int lane) {
        JobRecord job = item.job();
        JobTrail trail = item.trail();
        JobSpec spec = job.spec();
        byte[] large = Specs.large(spec);
        byte[] key = keys.homed(spec);
        Progress progress = job.run().progress();
        boolean told = !progress.equals(Progress.NONE);
        int has = (large.length > 0 ? 1 : 0)
                | (job.result() == null ? 0 : 2)
                | (job.failure() == null ? 0 : 4)
                | (told ? 8 : 0)
                | (key.length > 0 ? 16 : 0);
        args.add(new Pack(32)
                .id(spec.id())
                .u16(lane)
                .u8(has)
                .u16(trail.runs().size())
                .u32(trail.log().size())
                .u16(trail.steps().size())
                .raw(ties.of(spec, item.parents()))
                .bytes());
        args.add(head(item).bytes()).add(Specs.bytes(spec));
        if (large.length > 0) {
            args.add(large);
        }
        if (job.result() != null) {
            args.add(job.result());
        }
        if (job.failure() != null) {
            args.add(Specs.bytes(job.failure()));
        }
        if (told) {
            args.add(Specs.bytes(progress));
        }
        if (key.length > 0) {
            args.add(key);
        }
        trail.runs().forEach(run -> args.add(Specs.bytes(run)));
        trail.log().forEach(line -> args.add(Specs.bytes(line)));
        trail.steps().forEach((name, value) -> args.add(name).add(value));
    }

    /** The head of a job as it was; one that ran is READY again, its attempt refunded. */
    private static Head head(Item.Job item) {
        JobRecord job = item.job();
        JobSpec spec = job.spec();
        boolean ran = job.state() == JobState.RUNNING;
        RunEnd lastEnd = null;
        for (RunRecord run : item.trail().runs()) {
            lastEnd = run.token() == job.run().token() ? run.end() : lastEnd;
        }
        int flags = (Specs.large(spec).length > 0 ? Head.LARGE : 0)
                | (spec.keys().uniqueKey() == null ? 0 : Head.UNIQUE)
                | (item.trail().steps().isEmpty() ? 0 : Head.STEPS);
        return new Head(
                ran ? JobState.READY : job.state(),
                job.gate(),
                job.cancelReason(),
                lastEnd,
                flags,
                spec.priority(),
                job.run().token(),
                job.run().attempt() - (ran ? 1 : 0),
                job.run().snoozes(),
                job.run().rescues(),
                0,
                Micros.of(job.times().createdAt()),
                Micros.of(job.times().dueAt()),
                Micros.orNever(job.times().expiresAt()),
                ran ? Micros.NEVER : Micros.orNever(job.times().startedAt()),
                Micros.orNever(job.times().finishedAt()),
                Micros.orNever(job.times().keepUntil()),
                Specs.keepFor(spec),
                job.times().delay() == null ? 0 : Specs.micros(job.times().delay()) + 1,
                Head.NOBODY,
                "");
    }
}
