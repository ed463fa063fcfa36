package dev.millrace.spi;

import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Looking: never changes anything, never waits for writers longer than the engine must. */
public interface Catalog {

    /** Those of the jobs that exist, in no particular order. */
    List<JobRecord> get(Collection<UUID> ids);

    /**
     * What jobs wait, or waited, for: those of each job in the order in which they were given, jobs without parents left out. For a
     * workflow's head these are its members, in order of arrival.
     */
    List<Dependency> parents(Collection<UUID> children);

    /** What a job's runs left behind; empty lists when there is no such job. */
    JobTrail trail(UUID id);

    /**
     * Jobs by filter, newest id first.
     *
     * @param after the id to go on below, from the last page; null for the newest
     * @param limit at most so many
     */
    JobPage page(Filter filter, @Nullable UUID after, int limit);

    /** How many jobs there are, by queue, kind and state: maintained, not counted. */
    List<JobCount> counts();

    /** Sessions that are open, and those closed in the last hour. */
    List<SessionRecord> sessions();
}
