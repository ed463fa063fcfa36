package dev.millrace;

/**
 * Where a job stands. A job is in exactly one state; docs/state-machine.md shows how it moves.
 *
 * <p>A job passes its gates in this order: parents, due time, group. While a gate is shut the state names it: {@link
 * #BLOCKED} (parents or group) or {@link #SCHEDULED} (due time).
 */
public enum JobState {
    /** Waits for its parents to end, or for a place in its group. */
    BLOCKED,
    /** Waits for its time: a delay, a retry or a snooze. */
    SCHEDULED,
    /** May be claimed by a worker now. */
    READY,
    /** Claimed by a worker, whether its handler has started yet or not. */
    RUNNING,
    /** Its handler returned. Final, unless run again by hand. */
    SUCCEEDED,
    /** It gave up: no attempts left, or a failure that no retry mends. Final, unless run again by hand. */
    FAILED,
    /** It was cancelled, expired, or its parent failed; see {@link CancelReason}. Final, unless run again by hand. */
    CANCELLED;

    /** Whether this is one of the three states in which a job has ended. */
    public boolean finished() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }
}
