package dev.millrace;

import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a job waits, or waited, for, in the order in which it was said. How many there are and how they ended is known; the jobs
 * themselves are read from the store a hundred at a time, as they are asked for.
 */
public final class Parents implements Iterable<ParentJob> {
    private final Millrace millrace;
    private final List<Dependency> dependencies;

    Parents(Millrace millrace, List<Dependency> dependencies) {
        this.millrace = millrace;
        this.dependencies = List.copyOf(dependencies);
    }

    /** How many there are. */
    public int size() {
        return dependencies.size();
    }

    /** How many of them ended how. */
    public EndCounts counts() {
        return EndCounts.of(dependencies);
    }

    /** The jobs, in order. */
    public Stream<ParentJob> stream() {
        int chunk = Workflows.CHUNK;
        return Stream.iterate(0, from -> from < size(), from -> from + chunk)
                .flatMap(from -> read(dependencies.subList(from, Math.min(size(), from + chunk))));
    }

    private Stream<ParentJob> read(List<Dependency> some) {
        List<UUID> ids = some.stream().map(each -> each.parent().job()).toList();
        Map<UUID, JobRecord> found =
                millrace.store().get(ids).stream().collect(Collectors.toMap(JobRecord::id, record -> record));
        return some.stream()
                .map(each -> new ParentJob(
                        each.parent().job(),
                        each.parent().queue(),
                        each.parent().wish(),
                        Optional.ofNullable(each.verdict()),
                        Optional.ofNullable(found.get(each.parent().job())).map(millrace::info)));
    }

    /** As {@link #stream}. */
    @Override
    public Iterator<ParentJob> iterator() {
        return stream().iterator();
    }

    List<Dependency> dependencies() {
        return dependencies;
    }

    /** The counts: see {@link EndCounts#toString}. */
    @Override
    public String toString() {
        return counts().toString();
    }
}
