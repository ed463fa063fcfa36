package dev.millrace;

import org.jspecify.annotations.Nullable;

/** Thrown by a handler when no retry can mend the failure: the job is FAILED at once, whatever its retry policy says. */
public class PermanentFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PermanentFailure(String message) {
        super(message);
    }

    public PermanentFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
