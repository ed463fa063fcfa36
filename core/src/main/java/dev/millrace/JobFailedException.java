package dev.millrace;

import java.util.UUID;

/** Thrown to whoever awaits a job that has FAILED: it used up its attempts, or failed in a way that no retry mends. */
public class JobFailedException extends MillraceException {
    private static final long serialVersionUID = 1L;

    private final UUID id;
    private final String kind;
    private final Failure failure;
    private final int attempts;

    public JobFailedException(UUID id, String kind, Failure failure, int attempts) {
        super("job " + id + " (" + kind + ") failed after " + attempts + (attempts == 1 ? " attempt: " : " attempts: ")
                + failure + ". Its history tells more; once the cause is mended, it can be retried by hand");
        this.id = id;
        this.kind = kind;
        this.failure = failure;
        this.attempts = attempts;
    }

    public UUID id() {
        return id;
    }

    public String kind() {
        return kind;
    }

    /** The last failure. */
    public Failure failure() {
        return failure;
    }

    /** How many attempts there were. */
    public int attempts() {
        return attempts;
    }
}
