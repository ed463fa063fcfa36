package dev.millrace.spi;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import org.jspecify.annotations.Nullable;

/** How a parent ended, as its dependents see it. */
public enum Verdict {
    SUCCEEDED,
    /** It failed for good, it expired, or it could not run since a parent of its own failed or was cancelled. */
    FAILED,
    /** It was cancelled by hand, or deleted before it ended. */
    CANCELLED,
    /** Its branch was not needed. */
    NOT_NEEDED;

    /**
     * The verdict on a job that has ended.
     *
     * @param reason why, if it is CANCELLED
     * @throws IllegalArgumentException for a job that has not ended
     */
    public static Verdict of(JobState state, @Nullable CancelReason reason) {
        return switch (state) {
            case SUCCEEDED -> SUCCEEDED;
            case FAILED -> FAILED;
            case CANCELLED ->
                switch (reason == null ? CancelReason.REQUESTED : reason) {
                    case REQUESTED -> CANCELLED;
                    case EXPIRED, PARENT_FAILED -> FAILED;
                    case NOT_NEEDED -> NOT_NEEDED;
                };
            case BLOCKED, SCHEDULED, READY, RUNNING -> throw new IllegalArgumentException(state + " is not an end");
        };
    }
}
