package dev.millrace.redis;

import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import io.lettuce.core.KeyValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Reads jobs. A job whose queue is not known is asked for in every partition, in one pipelined round. */
final class Looks {
    private static final char[] PARTS = {'h', 's', 'b', 'o', 'e', 'g'};
    private static final char[] SKETCH = {'h', 's'};
    private static final int AT_ONCE = 200;
    private static final String DROPPED = "(older lines were dropped)";

    private final Server server;
    private final Partitions partitions;

    Looks(Server server, Partitions partitions) {
        this.server = server;
        this.partitions = partitions;
    }

    /** Those of the jobs that exist, in no particular order, each with where it is. */
    List<Found> find(Collection<UUID> ids) {
        Map<Partition, List<UUID>> asked = new LinkedHashMap<>();
        List<UUID> all = List.copyOf(ids);
        partitions.all().forEach(partition -> asked.put(partition, all));
        return find(asked);
    }

    /** The same without payloads that lie apart, results, failures and progress: what filters look at. */
    List<Found> sketch(Map<Partition, List<UUID>> asked) {
        return find(asked, SKETCH);
    }

    /** Those of these jobs that exist, asked for where they are said to be. */
    List<Found> find(Map<Partition, List<UUID>> asked) {
        return find(asked, PARTS);
    }

    private List<Found> find(Map<Partition, List<UUID>> asked, char[] parts) {
        List<Found> found = new ArrayList<>();
        Map<Partition, List<UUID>> left = new LinkedHashMap<>(asked);
        int from = 0;
        boolean more = true;
        while (more) {
            more = false;
            List<CompletableFuture<List<KeyValue<byte[], byte[]>>>> replies = new ArrayList<>();
            List<Partition> of = new ArrayList<>();
            List<List<UUID>> which = new ArrayList<>();
            for (Map.Entry<Partition, List<UUID>> entry : left.entrySet()) {
                List<UUID> ids = entry.getValue();
                if (from < ids.size()) {
                    List<UUID> part = ids.subList(from, Math.min(from + AT_ONCE, ids.size()));
                    more |= from + AT_ONCE < ids.size();
                    of.add(entry.getKey());
                    which.add(part);
                    byte[][] keys = keys(entry.getKey(), part, parts);
                    replies.add(server.send(commands -> commands.mget(keys)));
                }
            }
            List<List<KeyValue<byte[], byte[]>>> results = server.awaitAll(replies);
            for (int i = 0; i < results.size(); i++) {
                read(of.get(i), which.get(i), results.get(i), parts.length, found);
            }
            from += AT_ONCE;
        }
        return found;
    }

    private static byte[][] keys(Partition partition, List<UUID> ids, char[] parts) {
        byte[][] keys = new byte[ids.size() * parts.length][];
        int at = 0;
        for (UUID id : ids) {
            for (char part : parts) {
                keys[at++] = partition.key(part, id);
            }
        }
        return keys;
    }

    private static void read(
            Partition partition, List<UUID> ids, List<KeyValue<byte[], byte[]>> values, int parts, List<Found> found) {
        for (int i = 0; i < ids.size(); i++) {
            int at = i * parts;
            boolean whole = parts == PARTS.length;
            byte[] head = value(values, at);
            byte[] spec = value(values, at + 1);
            if (head != null && spec != null) {
                found.add(new Found(
                        partition,
                        ids.get(i),
                        Head.of(head),
                        spec,
                        whole ? value(values, at + 2) : null,
                        whole ? value(values, at + 3) : null,
                        whole ? value(values, at + 4) : null,
                        whole ? value(values, at + 5) : null));
            }
        }
    }

    private static byte @Nullable [] value(List<KeyValue<byte[], byte[]>> values, int at) {
        return values.get(at).getValueOrElse(null);
    }

    /** A job, as its keys hold it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Found(
            Partition partition,
            UUID id,
            Head head,
            byte[] spec,
            byte @Nullable [] payload,
            byte @Nullable [] result,
            byte @Nullable [] failure,
            byte @Nullable [] progress) {

        JobRecord record() {
            return new JobRecord(
                    Specs.spec(id, head.priority(), spec, payload),
                    head.state(),
                    head.gate(),
                    head.reason(),
                    new JobRecord.Run(
                            head.token(),
                            head.attempt(),
                            head.snoozes(),
                            head.rescues(),
                            head.session().equals(Head.NOBODY) ? null : head.session(),
                            head.has(Head.CANCEL_ASKED),
                            Specs.progress(progress)),
                    new JobRecord.Times(
                            Micros.instant(head.createdAt()),
                            Micros.instant(head.dueAt()),
                            Micros.orNull(head.expiresAt()),
                            Micros.orNull(head.startedAt()),
                            Micros.orNull(head.finishedAt()),
                            Micros.orNull(head.keepUntil()),
                            head.delay()),
                    result,
                    Specs.failure(failure));
        }
    }

    /** What jobs wait, or waited, for, wherever they are. */
    List<Dependency> parents(Collection<UUID> children) {
        List<Parentage> all = new ArrayList<>();
        for (UUID child : new LinkedHashSet<>(children)) {
            partitions.all().forEach(partition -> all.add(new Parentage(server, partition, child)));
        }
        return all.stream().flatMap(one -> one.read(server).stream()).toList();
    }

    /** The same of jobs that were just read, by child. */
    Map<UUID, List<Dependency>> parentsOf(List<Found> jobs) {
        List<Parentage> all = jobs.stream()
                .filter(job -> job.head().has(Head.FLOW))
                .map(job -> new Parentage(server, job.partition(), job.id()))
                .toList();
        Map<UUID, List<Dependency>> found = new HashMap<>();
        all.forEach(one -> found.put(one.child(), one.read(server)));
        return found;
    }

    JobTrail trail(UUID id) {
        List<PendingTrail> pending = partitions.all().stream()
                .map(partition -> new PendingTrail(server, partition, id))
                .toList();
        JobTrail found = JobTrail.EMPTY;
        for (PendingTrail trail : pending) {
            byte[] head = server.await(trail.head);
            JobTrail here = trail.read(server, head == null ? null : Head.of(head));
            found = head == null ? found : here;
        }
        return found;
    }

    /** What jobs' runs left behind, of jobs that were just read. */
    List<JobTrail> trails(List<Found> jobs) {
        Map<UUID, PendingTrail> pending = new HashMap<>();
        for (Found job : jobs) {
            if (job.head().token() > 0) { // one that never ran left nothing
                pending.put(job.id(), new PendingTrail(server, job.partition(), job.id()));
            }
        }
        List<JobTrail> trails = new ArrayList<>();
        for (Found job : jobs) {
            PendingTrail trail = pending.get(job.id());
            if (trail == null) {
                trails.add(JobTrail.EMPTY);
            } else {
                server.await(trail.head);
                trails.add(trail.read(server, job.head()));
            }
        }
        return trails;
    }

    /** The parts of a trail, under way. */
    private static final class PendingTrail {
        final CompletableFuture<byte[]> head;
        private final CompletableFuture<List<byte[]>> runs;
        private final CompletableFuture<List<byte[]>> lines;
        private final CompletableFuture<byte[]> size;
        private final CompletableFuture<Map<byte[], byte[]>> steps;

        PendingTrail(Server server, Partition partition, UUID id) {
            head = server.send(commands -> commands.get(partition.key('h', id)));
            runs = server.send(commands -> commands.lrange(partition.key('u', id), 0, -1));
            lines = server.send(commands -> commands.lrange(partition.key('l', id), 0, -1));
            size = server.send(commands -> commands.get(partition.key('z', id)));
            steps = server.send(commands -> commands.hgetall(partition.key('k', id)));
        }

        JobTrail read(Server server, @Nullable Head job) {
            List<RunRecord> records = new ArrayList<>();
            server.await(runs).forEach(run -> records.add(Specs.run(run)));
            if (job != null && job.tellsSuccess()) {
                if (records.size() == JobTrail.MAX_RUNS) {
                    records.remove(0);
                }
                records.add(new RunRecord(
                        job.token(),
                        job.attempt(),
                        job.worker(),
                        Micros.instant(job.startedAt()),
                        Micros.instant(job.finishedAt()),
                        RunEnd.SUCCEEDED,
                        null));
            }
            List<LogLine> log = new ArrayList<>();
            server.await(lines).forEach(line -> log.add(Specs.line(line)));
            byte[] sizes = server.await(size);
            if (sizes != null && sizes[sizes.length - 1] == 1 && !log.isEmpty()) {
                log.add(0, new LogLine(log.get(0).at(), DROPPED));
            }
            return new JobTrail(records, log, byName(server.await(steps)));
        }
    }

    static Map<String, byte[]> byName(Map<byte[], byte[]> steps) {
        Map<String, byte[]> named = new HashMap<>();
        steps.forEach((name, value) -> named.put(Unpack.utf8(name), value));
        return Map.copyOf(named);
    }

    List<JobCount> counts() {
        List<CompletableFuture<List<Object>>> replies = partitions.all().stream()
                .map(partition -> server.look(Script.COUNTS, partition, List.of()))
                .toList();
        List<JobCount> counts = new ArrayList<>();
        for (List<Object> reply : server.awaitAll(replies)) {
            for (int at = 0; at < reply.size(); at += 4) {
                Unpack lane = new Unpack((byte[]) reply.get(at));
                String kind = Unpack.utf8(lane.raw(lane.u16()));
                JobState state = Codes.state((int) Server.number(reply.get(at + 1)));
                byte[] oldest = (byte[]) reply.get(at + 3);
                counts.add(new JobCount(
                        Unpack.utf8(lane.rest()),
                        kind,
                        state,
                        Server.number(reply.get(at + 2)),
                        oldest.length == 0 ? null : Micros.orNull(Unpack.told(oldest) * 1_000)));
            }
        }
        return counts;
    }
}
