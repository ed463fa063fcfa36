package dev.millrace;

import dev.millrace.internal.text.TimeText;
import java.time.Duration;
import java.util.UUID;

/** Thrown to whoever awaited a job, or a workflow, for longer than they wished to. It goes on. */
public class AwaitTimeoutException extends MillraceException {
    private static final long serialVersionUID = 1L;

    private final UUID id;
    private final JobState state;

    /**
     * @param waited how long was waited
     * @param state where the job stood at the end of that
     */
    public AwaitTimeoutException(UUID id, String kind, Duration waited, JobState state) {
        super("job " + id + " (" + kind + ") is " + state + " after waiting for " + TimeText.of(waited) + ". "
                + advise(state));
        this.id = id;
        this.state = state;
    }

    AwaitTimeoutException(WorkflowHandle workflow, Duration waited, EndCounts progress) {
        super(workflow + " has not ended after waiting for " + TimeText.of(waited) + ": " + progress
                + ". It goes on, and can be awaited again; millrace workflow show " + workflow.id()
                + " tells what it waits for");
        this.id = workflow.id();
        this.state = JobState.BLOCKED;
    }

    private static String advise(JobState state) {
        return switch (state) {
            case READY ->
                "It goes on: check that a worker with a handler for its kind serves its queue, or wait longer";
            case SCHEDULED ->
                "It goes on when it is due, which may be a retry's delay: wait longer, or look at its history";
            case BLOCKED -> "It goes on when the jobs before it have ended: wait longer, or look at those";
            default -> "It goes on, and can be awaited again";
        };
    }

    public UUID id() {
        return id;
    }

    /** Where the job stood when the wait was over; BLOCKED for a workflow. */
    public JobState state() {
        return state;
    }
}
