package dev.millrace;

import org.jspecify.annotations.Nullable;

/** A payload, result or step could not be turned into bytes or back. Stored data is never changed by this. */
public class SerializationException extends MillraceException {
    private static final long serialVersionUID = 1L;

    public SerializationException(String message) {
        super(message);
    }

    public SerializationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
