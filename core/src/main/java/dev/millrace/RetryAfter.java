package dev.millrace;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a handler that knows when it is worth trying again, such as after HTTP 429 with Retry-After. It counts as a
 * failed attempt; if the retry policy has attempts left, the next comes after this delay, in place of the policy's own.
 */
public class RetryAfter extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Duration delay;

    /**
     * @param message what went wrong
     * @param delay from now to the next attempt; zero means at once
     * @throws IllegalArgumentException when the delay is negative or longer than 1000 years
     */
    public RetryAfter(String message, Duration delay) {
        this(message, delay, null);
    }

    /** As {@link #RetryAfter(String, Duration)}, with the exception that led to this. */
    public RetryAfter(String message, Duration delay, @Nullable Throwable cause) {
        super(message, cause);
        this.delay = Limits.wait("retry delay", delay);
    }

    /** From the failure to the next attempt. */
    public Duration delay() {
        return delay;
    }
}
