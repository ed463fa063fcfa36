package dev.millrace;

/** Why a job is {@link JobState#CANCELLED}. */
public enum CancelReason {
    /** Someone asked for it. */
    REQUESTED,
    /** Its {@code expiresAt} passed before a run could start. */
    EXPIRED,
    /** A job that it waited for failed or was cancelled. */
    PARENT_FAILED,
    /** A branch of a workflow that turned out not to be needed. */
    NOT_NEEDED
}
