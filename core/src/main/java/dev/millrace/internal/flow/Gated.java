package dev.millrace.internal.flow;

import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import org.jspecify.annotations.Nullable;

/** A job, as far as the gates look at it. */
public interface Gated {
    JobSpec spec();

    /** Which gate keeps it BLOCKED; null in other states. */
    @Nullable
    Gate gate();

    /** When it may run, in microseconds. */
    long dueAt();

    /** Whether it has a slot of its group. */
    boolean holdsSlot();

    /** Whether it stands for a workflow. */
    default boolean isHead() {
        Keys.Member member = spec().keys().member();
        return member != null && member.workflow().equals(spec().id());
    }

    /** Whether it keeps its slot while it waits for a retry. */
    default boolean isStrict() {
        Keys.Group group = spec().keys().group();
        return group != null && group.strict();
    }
}
