package dev.millrace.spi;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What ties a job to others.
 *
 * @param unique at most one job of a kind holds it; null for none
 * @param group jobs of one key within a queue share its limits; null for none
 * @param member the workflow that it belongs to; null for none
 */
public record Keys(
        @Nullable Unique unique,
        @Nullable Group group,
        @Nullable Member member) {
    /** No keys. */
    public static final Keys NONE = new Keys(null, null, null);

    /** The unique key's text; null for none. */
    public @Nullable String uniqueKey() {
        return unique == null ? null : unique.key();
    }

    /** All of it as text, for stores to keep; empty for {@link #NONE}. */
    public String encode() {
        return KeysJson.write(this);
    }

    /** Reads what {@link #encode} wrote. */
    public static Keys decode(@Nullable String text) {
        return text == null || text.isEmpty() ? NONE : KeysJson.read(text);
    }

    public Keys withUnique(@Nullable Unique value) {
        return new Keys(value, group, member);
    }

    public Keys withGroup(@Nullable Group value) {
        return new Keys(unique, value, member);
    }

    public Keys withMember(@Nullable Member value) {
        return new Keys(unique, group, value);
    }

    /**
     * A key that one job of a kind holds at a time, across queues.
     *
     * @param key the key, within the kind
     * @param conflict what becomes of this job when another holds the key
     * @param scope until when this job holds the key
     * @param window how long the key stays taken once this job has ended; zero for not at all; with {@link Scope#UNFINISHED} only
     */
    public record Unique(String key, Conflict conflict, Scope scope, Duration window) {
        /** While one is unfinished, another is not stored. */
        public static Unique of(String key) {
            return new Unique(key, Conflict.SKIP, Scope.UNFINISHED, Duration.ZERO);
        }
    }

    /** What becomes of a job whose key is held by one that waits (is BLOCKED, SCHEDULED or READY). */
    public enum Conflict {
        /** It is not stored. */
        SKIP,
        /**
         * The one that waits becomes what this one would have been: payload, options, priority, labels, times and keep-for are
         * this one's; id, queue, group, parents and arrival stay. Attempts begin anew, steps are forgotten. While the holder is
         * RUNNING, this one is stored, and the key is its own from then on.
         */
        REPLACE,
        /** As {@link #REPLACE}, but the one that waits keeps its due time. */
        KEEP_DUE
    }

    /** How long a job holds its key. */
    public enum Scope {
        /** Until it runs: a job that is RUNNING does not stand in the way of another. */
        WAITING,
        /** Until it has ended, and for the window after that. */
        UNFINISHED,
        /** Until it is deleted. */
        STORED
    }

    /**
     * A group of jobs within a queue.
     *
     * @param name what the limits are set for ("customer"); {@link #SERIAL} for one at a time
     * @param key which one of them ("7"); name and key together pick the shard
     * @param strict whether a job that waits for a retry keeps its slot
     */
    public record Group(String name, String key, boolean strict) {
        /** The name of groups whose jobs run one at a time, whatever is set for the queue. */
        public static final String SERIAL = "serial";

        /** One at a time. */
        public static Group serial(String key) {
            return new Group(SERIAL, key, false);
        }
    }

    /**
     * A place in a workflow.
     *
     * @param workflow the id of the job that stands for the workflow (its head); the head names itself
     * @param name the job's name within it
     */
    public record Member(UUID workflow, String name) {}
}
