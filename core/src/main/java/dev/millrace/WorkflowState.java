package dev.millrace;

/** Where a workflow stands. */
public enum WorkflowState {
    /** Some of its jobs have not ended. */
    RUNNING,
    /** All have ended, and each SUCCEEDED or was not needed. */
    SUCCEEDED,
    /** All have ended, and at least one has FAILED; also if another job was there for that case, and did its work. */
    FAILED,
    /** All have ended, none has FAILED, and at least one was cancelled by hand, expired, or was deleted before it ended. */
    CANCELLED;

    /** Whether all jobs have ended. */
    public boolean finished() {
        return this != RUNNING;
    }
}
