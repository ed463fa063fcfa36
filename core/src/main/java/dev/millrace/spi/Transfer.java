package dev.millrace.spi;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything out, everything in: backup, restore and moving between engines are the same thing. */
public interface Transfer {

    /**
     * Reads on, in order of arrival, notes last.
     *
     * @param cursor from the last page; null to begin. Opaque to callers
     * @param limit at most so many items
     */
    ExportPage exportPage(@Nullable String cursor, int limit);

    /**
     * Stores items as they were: state, history, times. Jobs arrive in the order given. Items that exist are left alone, so a
     * call may be repeated. A job that was RUNNING becomes READY, its attempt refunded, since its session does not come along.
     *
     * @return how many were new
     */
    int importItems(List<Item> items);

    /** One page; {@code next} is null at the end. */
    record ExportPage(List<Item> items, @Nullable String next) {}

    /** Something that can be carried from store to store. */
    sealed interface Item {
        /** A job with all that its runs left, and what it waits or waited for. */
        record Job(JobRecord job, JobTrail trail, List<Dependency> parents) implements Item {
            public Job {
                parents = List.copyOf(parents);
            }

            /** A job without parents. */
            public Job(JobRecord job, JobTrail trail) {
                this(job, trail, List.of());
            }
        }

        /** A note; one with a time to live comes with what is left of it. */
        record Noted(Notes.Note note, @Nullable Duration timeToLive) implements Item {}
    }
}
