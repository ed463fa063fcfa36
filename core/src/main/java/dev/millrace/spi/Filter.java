package dev.millrace.spi;

import dev.millrace.JobState;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs are meant; all conditions must hold.
 *
 * @param ids these jobs; empty for any
 * @param states in one of these states; empty for any
 * @param queue in this queue; null for any
 * @param kind of this kind; null for any
 * @param tag with this tag; null for any
 * @param group with this group key; null for any
 * @param span within these times
 */
public record Filter(
        Set<UUID> ids,
        Set<JobState> states,
        @Nullable String queue,
        @Nullable String kind,
        @Nullable String tag,
        @Nullable String group,
        Span span) {
    /** Every job. */
    public static final Filter ALL = new Filter(Set.of(), Set.of(), null, null, null, null, Span.ANY);

    public Filter {
        ids = Set.copyOf(ids);
        states = Set.copyOf(states);
    }

    public static Filter ids(Set<UUID> ids) {
        return new Filter(ids, Set.of(), null, null, null, null, Span.ANY);
    }

    public Filter withIds(Set<UUID> value) {
        return new Filter(value, states, queue, kind, tag, group, span);
    }

    public Filter withStates(Set<JobState> value) {
        return new Filter(ids, value, queue, kind, tag, group, span);
    }

    public Filter withQueue(String value) {
        return new Filter(ids, states, value, kind, tag, group, span);
    }

    public Filter withKind(String value) {
        return new Filter(ids, states, queue, value, tag, group, span);
    }

    public Filter withTag(String value) {
        return new Filter(ids, states, queue, kind, value, group, span);
    }

    public Filter withGroup(String value) {
        return new Filter(ids, states, queue, kind, tag, value, span);
    }

    public Filter withSpan(Span value) {
        return new Filter(ids, states, queue, kind, tag, group, value);
    }

    /**
     * Limits in time. A job that has ended is as old as its end, any other as old as its creation.
     *
     * @param before older than this; null for any
     * @param since this old or younger; null for any
     */
    public record Span(@Nullable Instant before, @Nullable Instant since) {
        /** No limits. */
        public static final Span ANY = new Span(null, null);
    }
}
