package dev.millrace.nats;

import dev.millrace.JobState;
import dev.millrace.spi.JobRecord.Gate;
import org.jspecify.annotations.Nullable;

/**
 * Where a job stands.
 *
 * @param gate which gate is shut, if it is BLOCKED
 */
record Place(JobState state, @Nullable Gate gate) {
    static final Place BEHIND_PARENTS = new Place(JobState.BLOCKED, Gate.PARENTS);
    static final Place BEHIND_GROUP = new Place(JobState.BLOCKED, Gate.GROUP);

    /** A state other than BLOCKED. */
    static Place of(JobState state) {
        return new Place(state, null);
    }
}
