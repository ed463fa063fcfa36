package dev.millrace;

import org.jspecify.annotations.Nullable;

/** The parent of what Millrace throws of itself. Messages say what happened, to what, and what to do. */
public class MillraceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MillraceException(String message) {
        super(message);
    }

    public MillraceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
