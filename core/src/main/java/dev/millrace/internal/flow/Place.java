package dev.millrace.internal.flow;

import dev.millrace.JobState;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Transition;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a job stands.
 *
 * @param gate which gate is shut, if it is BLOCKED
 */
public record Place(JobState state, @Nullable Gate gate) {
    public static final Place BEHIND_PARENTS = new Place(JobState.BLOCKED, Gate.PARENTS);
    public static final Place BEHIND_GROUP = new Place(JobState.BLOCKED, Gate.GROUP);

    /** One for each state, since every move of every job asks for one. */
    private static final Map<JobState, Place> OPEN = new EnumMap<>(JobState.class);

    static {
        for (JobState state : JobState.values()) {
            OPEN.put(state, new Place(state, null));
        }
    }

    /** A state other than BLOCKED. */
    public static Place of(JobState state) {
        return Objects.requireNonNull(OPEN.get(state));
    }

    /** Where a transition takes a job: behind the first gate that is shut, where it has several targets. */
    public static Place after(Transition transition, Gated job, Dependencies dependencies, long now) {
        if (transition.to().size() == 1) {
            JobState to = transition.to().iterator().next();
            return to == JobState.BLOCKED ? BEHIND_PARENTS : of(to);
        }
        boolean asksParents = switch (transition) {
            case ENQUEUE, RUN_AGAIN ->
                job.isHead() || dependencies.waits(job.spec().id());
            case REPLACE -> job.gate() == Gate.PARENTS;
            default -> false;
        };
        if (asksParents) {
            return BEHIND_PARENTS;
        }
        if (job.dueAt() > now) {
            return of(JobState.SCHEDULED);
        }
        return job.spec().keys().group() == null || keepsSlot(job, transition) ? of(JobState.READY) : BEHIND_GROUP;
    }

    /** Whether a job that has a slot still has it behind a transition that may lead to READY. */
    private static boolean keepsSlot(Gated job, Transition transition) {
        return job.holdsSlot()
                && switch (transition) {
                    case PROMOTE, RESCHEDULE, REPLACE -> true;
                    case RETRY -> job.isStrict();
                    default -> false;
                };
    }
}
