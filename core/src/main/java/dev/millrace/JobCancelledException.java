package dev.millrace;

import java.util.UUID;

/** Thrown to whoever awaits a job that was CANCELLED. */
public class JobCancelledException extends MillraceException {
    private static final long serialVersionUID = 1L;

    private final UUID id;
    private final String kind;
    private final CancelReason reason;

    public JobCancelledException(UUID id, String kind, CancelReason reason) {
        super("job " + id + " (" + kind + ") " + explain(reason));
        this.id = id;
        this.kind = kind;
        this.reason = reason;
    }

    private static String explain(CancelReason reason) {
        return switch (reason) {
            case REQUESTED -> "was cancelled. If it should run after all, retry it by hand";
            case EXPIRED -> "expired before it was started. Give it a later expiresAt, or its queue more workers";
            case PARENT_FAILED ->
                "was cancelled because a job that it waited for failed or was cancelled."
                        + " Mend and retry that one: this one will follow";
            case NOT_NEEDED ->
                "was cancelled because its branch of the workflow was not needed. There is nothing to do";
        };
    }

    public UUID id() {
        return id;
    }

    public String kind() {
        return kind;
    }

    public CancelReason reason() {
        return reason;
    }
}
