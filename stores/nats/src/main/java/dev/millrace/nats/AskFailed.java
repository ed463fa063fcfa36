package dev.millrace.nats;

import org.jspecify.annotations.Nullable;

/** Why a request brought no answer. */
final class AskFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is known of the request. */
    enum Why {
        /** It was not sent, or reached nobody: nothing has been done. */
        NOBODY,
        /** It was sent, and no answer came. */
        SILENCE
    }

    final Why why;

    AskFailed(Why why, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.why = why;
    }
}
