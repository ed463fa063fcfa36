package dev.millrace.internal.memory;

import dev.millrace.JobState;
import dev.millrace.spi.JobRecord.Gate;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a job stands.
 *
 * @param gate which gate is shut, if it is BLOCKED
 */
record Place(JobState state, @Nullable Gate gate) {
    static final Place BEHIND_PARENTS = new Place(JobState.BLOCKED, Gate.PARENTS);
    static final Place BEHIND_GROUP = new Place(JobState.BLOCKED, Gate.GROUP);

    /** One for each state, since every move of every job asks for one. */
    private static final Map<JobState, Place> OPEN = new EnumMap<>(JobState.class);

    static {
        for (JobState state : JobState.values()) {
            OPEN.put(state, new Place(state, null));
        }
    }

    /** A state other than BLOCKED. */
    static Place of(JobState state) {
        return Objects.requireNonNull(OPEN.get(state));
    }
}
