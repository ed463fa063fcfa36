package dev.millrace.redis;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobRecord;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Pages by filter, newest id first. Ids lie sorted in each partition and are merged here; a page looks at a bounded number of
 * jobs. Where few jobs are in the wanted states, their own indexes are read instead, so that finding the failed ones does not
 * wade through all that succeeded.
 */
final class Pages {
    /** The most jobs that one page looks at. */
    private static final int LOOKS = 10_000;

    /** The most jobs of the wanted states for which their own indexes are read. */
    private static final long FEW = 5_000;

    /** UUIDs as bytes compare. */
    private static final Comparator<UUID> NEWEST_FIRST = (a, b) -> {
        int order = Long.compareUnsigned(b.getMostSignificantBits(), a.getMostSignificantBits());
        return order != 0 ? order : Long.compareUnsigned(b.getLeastSignificantBits(), a.getLeastSignificantBits());
    };

    private final Server server;
    private final Partitions partitions;
    private final Looks looks;

    Pages(Server server, Partitions partitions, Looks looks) {
        this.server = server;
        this.partitions = partitions;
        this.looks = looks;
    }

    /** Jobs that match, and where to go on. */
    record Page(List<Looks.Found> jobs, @Nullable UUID next) {}

    Page page(Filter filter, @Nullable UUID after, int limit) {
        if (limit <= 0) {
            return new Page(List.of(), null);
        }
        Map<UUID, Partition> known = few(filter);
        if (!filter.ids().isEmpty() || known != null) {
            return among(known == null ? unplaced(filter.ids()) : known, filter, after, limit);
        }
        List<Looks.Found> matching = new ArrayList<>();
        UUID from = after;
        for (int looked = 0; looked < LOOKS; ) {
            int batch = Math.max(50, Math.min(limit - matching.size(), 500));
            List<Placed> ids = newest(from, batch);
            if (take(ids, filter, limit, matching)) {
                return new Page(matching, matching.get(limit - 1).id());
            }
            if (ids.size() < batch) {
                return new Page(matching, null);
            }
            from = ids.get(ids.size() - 1).id();
            looked += ids.size();
        }
        return new Page(matching, from);
    }

    private Page among(Map<UUID, @Nullable Partition> known, Filter filter, @Nullable UUID after, int limit) {
        List<Placed> ids = new ArrayList<>();
        known.forEach((id, partition) -> {
            if (after == null || NEWEST_FIRST.compare(after, id) < 0) {
                ids.add(new Placed(id, partition));
            }
        });
        ids.sort(Comparator.comparing(Placed::id, NEWEST_FIRST));
        List<Looks.Found> matching = new ArrayList<>();
        for (int from = 0; from < ids.size(); from += 200) {
            if (take(ids.subList(from, Math.min(from + 200, ids.size())), filter, limit, matching)) {
                return new Page(matching, matching.get(limit - 1).id());
            }
        }
        return new Page(matching, null);
    }

    /** Adds those that match; whether the page is full. */
    private boolean take(List<Placed> ids, Filter filter, int limit, List<Looks.Found> matching) {
        Map<Partition, List<UUID>> asked = new LinkedHashMap<>();
        for (Placed placed : ids) {
            List<Partition> where = placed.partition() == null ? partitions.all() : List.of(placed.partition());
            where.forEach(partition ->
                    asked.computeIfAbsent(partition, any -> new ArrayList<>()).add(placed.id()));
        }
        List<Looks.Found> sketches = looks.sketch(asked);
        sketches.sort(Comparator.comparing(Looks.Found::id, NEWEST_FIRST));
        List<Looks.Found> fitting =
                sketches.stream().filter(job -> matches(filter, job.record())).toList();
        // One that is deleted before it is read whole leaves its place to the next.
        for (int from = 0; from < fitting.size() && matching.size() < limit; ) {
            int to = Math.min(fitting.size(), from + limit - matching.size());
            Map<Partition, List<UUID>> wanted = new LinkedHashMap<>();
            fitting.subList(from, to)
                    .forEach(job -> wanted.computeIfAbsent(job.partition(), any -> new ArrayList<>())
                            .add(job.id()));
            List<Looks.Found> found = looks.find(wanted);
            found.sort(Comparator.comparing(Looks.Found::id, NEWEST_FIRST));
            matching.addAll(found);
            from = to;
        }
        return matching.size() == limit;
    }

    private static Map<UUID, @Nullable Partition> unplaced(Set<UUID> ids) {
        Map<UUID, @Nullable Partition> unplaced = new LinkedHashMap<>();
        ids.forEach(id -> unplaced.put(id, null));
        return unplaced;
    }

    /** The newest ids below one, over all partitions. */
    private List<Placed> newest(@Nullable UUID below, int limit) {
        Range<byte[]> range = Range.from(
                Range.Boundary.unbounded(),
                below == null ? Range.Boundary.unbounded() : Range.Boundary.excluding(Pack.id16(below)));
        List<CompletableFuture<List<byte[]>>> replies = partitions.all().stream()
                .map(partition -> server.send(
                        commands -> commands.zrevrangebylex(partition.key("ids"), range, Limit.from(limit))))
                .toList();
        List<List<byte[]>> results = server.awaitAll(replies);
        List<Placed> ids = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            Partition partition = partitions.get(i);
            results.get(i).forEach(id -> ids.add(new Placed(Unpack.id(id), partition)));
        }
        ids.sort(Comparator.comparing(Placed::id, NEWEST_FIRST));
        return ids.size() > limit ? ids.subList(0, limit) : ids;
    }

    /** All jobs in the wanted states by those states' own indexes, if they have such and are few; otherwise null. */
    private @Nullable Map<UUID, Partition> few(Filter filter) {
        Set<JobState> indexed = EnumSet.of(JobState.SCHEDULED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED);
        if (!filter.ids().isEmpty() || filter.states().isEmpty() || !indexed.containsAll(filter.states())) {
            return null;
        }
        List<Placing> placings = new ArrayList<>();
        for (Partition partition : partitions.all()) {
            for (JobState state : filter.states()) {
                byte[] key = partition.key(state == JobState.SCHEDULED ? "due" : index(state));
                placings.add(new Placing(partition, key, server.send(commands -> commands.zcard(key))));
            }
        }
        long count = 0;
        for (Placing placing : placings) {
            count += server.await(placing.size());
        }
        if (count > FEW) {
            return null;
        }
        Map<UUID, Partition> found = new LinkedHashMap<>();
        List<CompletableFuture<List<byte[]>>> replies = placings.stream()
                .map(placing -> server.send(commands -> commands.zrange(placing.key(), 0, -1)))
                .toList();
        List<List<byte[]>> results = server.awaitAll(replies);
        for (int i = 0; i < results.size(); i++) {
            Partition partition = placings.get(i).partition();
            results.get(i).forEach(id -> found.put(Unpack.id(id), partition));
        }
        return found;
    }

    private static String index(JobState state) {
        return state.name().toLowerCase(java.util.Locale.ROOT);
    }

    static boolean matches(Filter filter, JobRecord job) {
        return (filter.ids().isEmpty() || filter.ids().contains(job.id()))
                && (filter.states().isEmpty() || filter.states().contains(job.state()))
                && (filter.queue() == null || filter.queue().equals(job.spec().queue()))
                && (filter.kind() == null || filter.kind().equals(job.spec().kind()))
                && (filter.tag() == null || job.spec().labels().tags().contains(filter.tag()))
                && (filter.group() == null
                        || (job.spec().keys().group() != null
                                && filter.group()
                                        .equals(job.spec().keys().group().key())))
                && within(filter.span(), job);
    }

    private static boolean within(Filter.Span span, JobRecord job) {
        Instant ended = job.times().finishedAt();
        Instant age = ended == null ? job.times().createdAt() : ended;
        return (span.before() == null || age.isBefore(span.before()))
                && (span.since() == null || !age.isBefore(span.since()));
    }

    private record Placed(UUID id, @Nullable Partition partition) {}

    private record Placing(Partition partition, byte[] key, CompletableFuture<Long> size) {}
}
