package dev.millrace;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A workflow whose jobs have all ended: what {@link WorkflowHandle#await} gives. */
public final class EndedWorkflow {
    private final WorkflowHandle handle;
    private final WorkflowState state;
    private final EndCounts counts;

    EndedWorkflow(WorkflowHandle handle, WorkflowState state, EndCounts counts) {
        this.handle = handle;
        this.state = state;
        this.counts = counts;
    }

    /** The workflow's id. */
    public UUID id() {
        return handle.id();
    }

    /** How it ended. RUNNING only if somebody has run a job of it again at that very moment. */
    public WorkflowState state() {
        return state;
    }

    /** How many of its jobs ended how. */
    public EndCounts counts() {
        return counts;
    }

    /**
     * What a job's handler returned; null when it returned nothing. Asks the store.
     *
     * @param job of the workflow that was submitted
     * @throws JobFailedException when it has FAILED
     * @throws JobCancelledException when it was CANCELLED: says why, which may be that it was not needed
     * @throws ResultExpiredException when it was deleted
     * @throws SerializationException when the result does not fit the type
     * @throws IllegalArgumentException when the job is of another workflow
     */
    public <R> @Nullable R result(WorkflowJob<R> job) {
        if (!job.workflow().id().filter(handle.id()::equals).isPresent()) {
            throw new IllegalArgumentException(
                    "\"" + job.name() + "\" is of " + job.workflow() + ", and not of this " + handle);
        }
        return handle.handle(job).result();
    }

    /**
     * As {@link #result(WorkflowJob)}, by name.
     *
     * @param type what the result is to be read as
     * @throws ResultExpiredException also when the workflow never had a job of this name
     */
    public <R> @Nullable R result(String name, JobType<?, R> type) {
        return handle.handle(name, type).result();
    }

    /** As in {@code workflow "etl" 0197…: FAILED, 4 of 4 ended, 1 failed}. */
    @Override
    public String toString() {
        return handle + ": " + state + ", " + counts;
    }
}
