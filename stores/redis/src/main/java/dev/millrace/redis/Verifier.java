package dev.millrace.redis;

import dev.millrace.JobState;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Micros;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Checks the indexes and statistics against the jobs. Reads everything; meant for a store that is quiet. */
final class Verifier {
    /** What stands before the id in a lane's member. */
    private static final int ORDER = 19;

    private static final int ROUNDS = 10_000;

    private final Server server;
    private final Partitions partitions;
    private final Looks looks;
    private final Outbox outbox;
    private final Letters letters;

    Verifier(Server server, Partitions partitions, Looks looks, Outbox outbox, Letters letters) {
        this.server = server;
        this.partitions = partitions;
        this.looks = looks;
        this.outbox = outbox;
        this.letters = letters;
    }

    List<String> problems() {
        List<String> problems = new ArrayList<>();
        letters.deliver(partitions.all(), ROUNDS);
        partitions.all().forEach(outbox::deliver);
        List<Indexes> all = partitions.all().stream()
                .map(partition -> new Indexes(server, partition))
                .toList();
        Map<Partition, List<UUID>> ids = new LinkedHashMap<>();
        all.forEach(indexes -> ids.put(indexes.partition, ids(indexes.zset("ids"), 0)));
        Map<Partition, List<Looks.Found>> jobs = new HashMap<>();
        looks.find(ids)
                .forEach(job -> jobs.computeIfAbsent(job.partition(), any -> new ArrayList<>())
                        .add(job));
        List<Lanes> lanes =
                all.stream().map(indexes -> new Lanes(server, indexes)).toList();
        List<Claims> claims = claims(jobs);
        Map<String, Long> recount = new HashMap<>();
        for (int number = 0; number < all.size(); number++) {
            Indexes indexes = all.get(number);
            List<Looks.Found> here = jobs.getOrDefault(indexes.partition, List.of());
            check(problems, indexes, here);
            check(problems, indexes, lanes.get(number), here);
            claims.get(number).check(server, problems);
            for (Looks.Found job : here) {
                JobSpec spec = job.record().spec();
                recount.merge(lane(spec.queue(), spec.kind(), job.head().state()), 1L, Long::sum);
            }
        }
        counts(problems, recount);
        List<Looks.Found> found = jobs.values().stream().flatMap(List::stream).toList();
        List<Map<byte[], byte[]>> kept =
                all.stream().map(indexes -> server.await(indexes.unique)).toList();
        new KeyVerifier(found, problems).check(kept);
        new FlowVerifier(server, found, problems).check(partitions.all());
        return problems;
    }

    private void check(List<String> problems, Indexes indexes, List<Looks.Found> jobs) {
        Partition partition = indexes.partition;
        List<UUID> ids = ids(indexes.zset("ids"), 0);
        if (jobs.size() != ids.size()) {
            problems.add(
                    "partition " + partition.number() + " has " + jobs.size() + " jobs and " + ids.size() + " ids");
        }
        compare(problems, partition, "arrivals", new HashSet<>(ids), ids(indexes.zset("arrivals"), 0));
        for (JobState state : List.of(JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)) {
            String index = state.name().toLowerCase(Locale.ROOT);
            compare(problems, partition, index, in(jobs, state), ids(indexes.zset(index), 0));
        }
        compare(problems, partition, "due", in(jobs, JobState.SCHEDULED), due(indexes.zset("due")));
        Set<UUID> expiring = new HashSet<>();
        for (Looks.Found job : jobs) {
            boolean waits = !job.head().state().finished() && job.head().state() != JobState.RUNNING;
            if (waits && job.head().expiresAt() != Micros.NEVER) {
                expiring.add(job.id());
            }
        }
        compare(problems, partition, "expiring", expiring, ids(indexes.zset("expiring"), 0));
    }

    private void check(List<String> problems, Indexes indexes, Lanes lanes, List<Looks.Found> jobs) {
        String where = " of partition " + indexes.partition.number();
        Set<String> used = new HashSet<>();
        for (Looks.Found job : jobs) {
            JobSpec spec = job.record().spec();
            used.add(latin(Specs.lane(spec.kind(), spec.queue())));
        }
        Set<String> live = new HashSet<>();
        server.await(indexes.live).forEach(entry -> live.add(Integer.toString(new Unpack(entry).u32())));
        List<UUID> ready = new ArrayList<>();
        List<UUID> struck = new ArrayList<>();
        server.await(indexes.names).forEach((number, name) -> {
            String lane = Unpack.utf8(number);
            int before = ready.size() + struck.size();
            ready.addAll(ids(server.await(lanes.ready(lane)), ORDER));
            struck.addAll(ids(server.await(lanes.struck(lane)), ORDER));
            if (ready.size() + struck.size() > before && !live.contains(lane)) {
                problems.add("lane " + lane + where + " has READY jobs that no claim looks for");
            }
            if (!used.contains(latin(name))) {
                problems.add("lane " + lane + where + " is kept, and no job is in it any more");
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
        compare(problems, indexes.partition, "lanes of READY jobs", isReady, ready);
        compare(problems, indexes.partition, "lanes of struck jobs", isStruck, struck);
    }

    /** What sessions hold in each partition, by the sessions' home and by the jobs. */
    private List<Claims> claims(Map<Partition, List<Looks.Found>> jobs) {
        Set<UUID> known = new HashSet<>();
        server.await(server.send(
                        commands -> commands.smembers(partitions.sessions().key("sessions"))))
                .forEach(session -> known.add(Unpack.id(session)));
        return partitions.all().stream()
                .map(partition -> new Claims(server, partition, known, jobs.getOrDefault(partition, List.of())))
                .toList();
    }

    private static String latin(byte[] name) {
        return new String(name, StandardCharsets.ISO_8859_1);
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

    private static List<UUID> ids(List<byte[]> members, int from) {
        return members.stream()
                .map(member -> Unpack.id(Arrays.copyOfRange(member, from, from + 16)))
                .toList();
    }

    /** Besides jobs, groups that wait for a token are in the index of due times. */
    private static List<UUID> due(List<byte[]> members) {
        return ids(members.stream().filter(member -> member.length == 16).toList(), 0);
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

    /** A partition's indexes, under way. */
    private static final class Indexes {
        final Partition partition;
        final CompletableFuture<Map<byte[], byte[]>> names;
        final CompletableFuture<Set<byte[]>> live;
        final CompletableFuture<Map<byte[], byte[]>> unique;
        private final Server server;
        private final Map<String, CompletableFuture<List<byte[]>>> zsets = new HashMap<>();

        Indexes(Server server, Partition partition) {
            this.server = server;
            this.partition = partition;
            for (String index : List.of("ids", "arrivals", "due", "expiring", "succeeded", "failed", "cancelled")) {
                zsets.put(index, server.send(commands -> commands.zrange(partition.key(index), 0, -1)));
            }
            names = server.send(commands -> commands.hgetall(partition.key("names")));
            live = server.send(commands -> commands.smembers(partition.key("live")));
            unique = server.send(commands -> commands.hgetall(partition.key("unique")));
        }

        List<byte[]> zset(String index) {
            return server.await(Objects.requireNonNull(zsets.get(index)));
        }
    }

    /** What lies in a partition's lanes, by their numbers, under way. */
    private static final class Lanes {
        private final Map<String, CompletableFuture<List<byte[]>>> ready = new HashMap<>();
        private final Map<String, CompletableFuture<List<byte[]>>> struck = new HashMap<>();

        Lanes(Server server, Indexes indexes) {
            for (byte[] number : server.await(indexes.names).keySet()) {
                String lane = Unpack.utf8(number);
                ready.put(lane, server.send(commands -> commands.zrange(indexes.partition.key("r:" + lane), 0, -1)));
                struck.put(lane, server.send(commands -> commands.zrange(indexes.partition.key("x:" + lane), 0, -1)));
            }
        }

        CompletableFuture<List<byte[]>> ready(String lane) {
            return Objects.requireNonNull(ready.get(lane));
        }

        CompletableFuture<List<byte[]>> struck(String lane) {
            return Objects.requireNonNull(struck.get(lane));
        }
    }

    /** What sessions hold in a partition, under way. */
    private static final class Claims {
        private final Partition partition;
        private final Map<UUID, Set<UUID>> held = new HashMap<>();
        private final Map<UUID, CompletableFuture<Set<byte[]>>> told = new HashMap<>();

        Claims(Server server, Partition partition, Set<UUID> sessions, List<Looks.Found> jobs) {
            this.partition = partition;
            sessions.forEach(session -> held.put(session, new HashSet<>()));
            for (Looks.Found job : jobs) {
                if (job.head().state() == JobState.RUNNING) {
                    held.computeIfAbsent(job.head().session(), any -> new HashSet<>())
                            .add(job.id());
                }
            }
            held.keySet()
                    .forEach(session ->
                            told.put(session, server.send(commands -> commands.smembers(partition.key('w', session)))));
        }

        void check(Server server, List<String> problems) {
            told.forEach((session, members) -> compare(
                    problems,
                    partition,
                    "claims of session " + session,
                    held.getOrDefault(session, Set.of()),
                    ids(List.copyOf(server.await(members)), 0)));
        }
    }
}
