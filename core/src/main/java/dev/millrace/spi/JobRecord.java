package dev.millrace.spi;

import dev.millrace.CancelReason;
import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as it stands.
 *
 * @param spec what the producer said
 * @param state where it stands
 * @param gate which gate keeps it BLOCKED; null in other states
 * @param cancelReason why it is CANCELLED; null in other states
 * @param run what its runs have come to
 * @param times when what happened
 * @param result what its handler returned, serialized; null when there is none
 * @param failure the last failure; null when there was none since it was enqueued or run again
 */
public record JobRecord(
        JobSpec spec,
        JobState state,
        @Nullable Gate gate,
        @Nullable CancelReason cancelReason,
        Run run,
        Times times,
        byte @Nullable [] result,
        @Nullable Failure failure) {

    public UUID id() {
        return spec.id();
    }

    /** What can keep a job BLOCKED. */
    public enum Gate {
        PARENTS,
        GROUP
    }

    /**
     * What its runs have come to.
     *
     * @param token the lease token of the latest claim; 0 before the first
     * @param attempt failures that the job itself caused, the current run included
     * @param snoozes how often it was snoozed
     * @param rescues how often it was taken back from a dead worker
     * @param session who holds it; null unless RUNNING
     * @param cancelRequested whether a RUNNING job is to be CANCELLED when its run ends
     * @param progress what its handler last said
     */
    public record Run(
            long token,
            int attempt,
            int snoozes,
            int rescues,
            @Nullable UUID session,
            boolean cancelRequested,
            Progress progress) {}

    /**
     * When what happened.
     *
     * @param createdAt when it was stored
     * @param dueAt when it may or might run at the earliest
     * @param expiresAt from when on it is not to be started; null for never
     * @param startedAt when its latest run was claimed, or started once that is known; null before the first, and after a
     *     hand-back without a start
     * @param finishedAt when it ended; null until then
     * @param keepUntil when it may be deleted; null until it ends, and for a member of a workflow until the workflow has ended
     * @param delay how long after its parents are done it may run, if it waits for parents and its due time is relative; null
     *     otherwise
     */
    public record Times(
            Instant createdAt,
            Instant dueAt,
            @Nullable Instant expiresAt,
            @Nullable Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable Instant keepUntil,
            @Nullable Duration delay) {
        /** The times of a job that waits for no parents. */
        public Times(
                Instant createdAt,
                Instant dueAt,
                @Nullable Instant expiresAt,
                @Nullable Instant startedAt,
                @Nullable Instant finishedAt,
                @Nullable Instant keepUntil) {
            this(createdAt, dueAt, expiresAt, startedAt, finishedAt, keepUntil, null);
        }
    }
}
