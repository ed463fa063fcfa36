package dev.millrace.redis;

import dev.millrace.JobState;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Micros;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Checks the indexes and statistics against the jobs. Reads everything; meant for a store that is quiet. */
final class Verifier {
    /** What stands before the id in a lane's member. */
    private static final int ORDER = 19;

    private final Server server;
    private final Partitions partitions;
    private final Looks looks;
    private final UniqueKeys keys;

    Verifier(Server server, Partitions partitions, Looks looks, UniqueKeys keys) {
        this.server = server;
        this.partitions = partitions;
        this.looks = looks;
        this.keys = keys;
    }

    List<String> problems() {
        List<String> problems = new ArrayList<>();
        Map<String, Long> recount = new HashMap<>();
        Set<String> owners = new HashSet<>();
        for (Partition partition : partitions.all()) {
            keys.deliver(partition);
        }
        for (Partition partition : partitions.all()) {
            List<UUID> ids = ids(zset(partition, "ids"), 0);
            List<Looks.Found> jobs = looks.find(Map.of(partition, ids));
            if (jobs.size() != ids.size()) {
                problems.add(
                        "partition " + partition.number() + " has " + jobs.size() + " jobs and " + ids.size() + " ids");
            }
            compare(problems, partition, "arrivals", new HashSet<>(ids), ids(zset(partition, "arrivals"), 0));
            for (Looks.Found job : jobs) {
                dev.millrace.spi.JobSpec spec = job.record().spec();
                recount.merge(lane(spec.queue(), spec.kind(), job.head().state()), 1L, Long::sum);
                if (spec.keys().unique() != null && !job.head().state().finished()) {
                    owners.add(new String(Specs.unique(spec), java.nio.charset.StandardCharsets.ISO_8859_1) + job.id());
                }
            }
            states(problems, partition, jobs);
            claims(problems, partition, jobs);
        }
        counts(problems, recount);
        for (Partition partition : partitions.all()) {
            Map<byte[], byte[]> held = server.await(server.send(commands -> commands.hgetall(partition.key("unique"))));
            held.forEach((name, holder) -> {
                UUID id = Unpack.id(Arrays.copyOf(holder, 16));
                if (!owners.remove(new String(name, java.nio.charset.StandardCharsets.ISO_8859_1) + id)) {
                    problems.add("a unique key is held by job " + id + ", which has ended or is not there");
                }
            });
        }
        if (!owners.isEmpty()) {
            problems.add(owners.size() + " unfinished jobs do not hold their unique keys");
        }
        return problems;
    }

    private void states(List<String> problems, Partition partition, List<Looks.Found> jobs) {
        for (JobState state : List.of(JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)) {
            String index = state.name().toLowerCase(Locale.ROOT);
            compare(problems, partition, index, in(jobs, state), ids(zset(partition, index), 0));
        }
        compare(problems, partition, "due", in(jobs, JobState.SCHEDULED), ids(zset(partition, "due"), 0));
        Set<UUID> expiring = new HashSet<>();
        for (Looks.Found job : jobs) {
            boolean waits = !job.head().state().finished() && job.head().state() != JobState.RUNNING;
            if (waits && job.head().expiresAt() != Micros.NEVER) {
                expiring.add(job.id());
            }
        }
        compare(problems, partition, "expiring", expiring, ids(zset(partition, "expiring"), 0));
        Map<byte[], byte[]> names = server.await(server.send(commands -> commands.hgetall(partition.key("names"))));
        Set<String> live = new HashSet<>();
        server.await(server.send(commands -> commands.smembers(partition.key("live"))))
                .forEach(entry -> live.add(Integer.toString(new Unpack(entry).u32())));
        List<UUID> ready = new ArrayList<>();
        List<UUID> struck = new ArrayList<>();
        names.keySet().forEach(number -> {
            String lane = Unpack.utf8(number);
            int before = ready.size() + struck.size();
            ready.addAll(ids(zset(partition, "r:" + lane), ORDER));
            struck.addAll(ids(zset(partition, "x:" + lane), ORDER));
            if (ready.size() + struck.size() > before && !live.contains(lane)) {
                problems.add("lane " + lane + " of partition " + partition.number() + " has READY jobs that no claim"
                        + " looks for");
            }
        });
        Set<UUID> isReady = in(jobs, JobState.READY);
        Set<UUID> isStruck = new HashSet<>();
        jobs.stream()
                .filter(job -> job.head().rescues() > 0)
                .map(Looks.Found::id)
                .forEach(isStruck::add);
        isStruck.retainAll(isReady);
        isReady.removeAll(isStruck);
        compare(problems, partition, "lanes of READY jobs", isReady, ready);
        compare(problems, partition, "lanes of struck jobs", isStruck, struck);
    }

    private void claims(List<String> problems, Partition partition, List<Looks.Found> jobs) {
        Map<UUID, Set<UUID>> held = new HashMap<>();
        for (Looks.Found job : jobs) {
            if (job.head().state() == JobState.RUNNING) {
                held.computeIfAbsent(job.head().session(), any -> new HashSet<>())
                        .add(job.id());
            }
        }
        Set<UUID> sessions = new HashSet<>(held.keySet());
        server.await(server.send(
                        commands -> commands.smembers(partitions.sessions().key("sessions"))))
                .forEach(session -> sessions.add(Unpack.id(session)));
        for (UUID session : sessions) {
            List<UUID> told =
                    server.await(server.send(commands -> commands.smembers(partition.key('w', session)))).stream()
                            .map(Unpack::id)
                            .toList();
            compare(problems, partition, "claims of session " + session, held.getOrDefault(session, Set.of()), told);
        }
    }

    private void counts(List<String> problems, Map<String, Long> recount) {
        Map<String, Long> told = new HashMap<>();
        for (JobCount count : looks.counts()) {
            told.put(lane(count.queue(), count.kind(), count.state()), count.count());
        }
        if (!told.equals(recount)) {
            problems.add("the statistics say " + told + ", and a recount gives " + recount);
        }
    }

    private static void compare(
            List<String> problems, Partition partition, String index, Set<UUID> should, List<UUID> is) {
        if (is.size() != should.size() || !new HashSet<>(is).equals(should)) {
            problems.add(
                    "index " + index + " of partition " + partition.number() + " has " + is + " instead of " + should);
        }
    }

    private CompletableFuture<List<byte[]>> zset(Partition partition, String index) {
        return server.send(commands -> commands.zrange(partition.key(index), 0, -1));
    }

    private List<UUID> ids(CompletableFuture<List<byte[]>> members, int from) {
        return server.await(members).stream()
                .map(member -> Unpack.id(Arrays.copyOfRange(member, from, from + 16)))
                .toList();
    }

    private static Set<UUID> in(List<Looks.Found> jobs, JobState state) {
        Set<UUID> ids = new HashSet<>();
        jobs.stream()
                .filter(job -> job.head().state() == state)
                .map(Looks.Found::id)
                .forEach(ids::add);
        return ids;
    }

    private static String lane(String queue, String kind, JobState state) {
        return queue + "/" + kind + "/" + state;
    }
}
