package dev.millrace;

import dev.millrace.internal.text.TimeText;
import java.time.Duration;

/**
 * Thrown by a handler that wants to be run again later, because what it waits for is not there yet. It is no failure: it
 * uses up no attempt and has no stack trace. {@link JobContext#snoozes} counts them, so that a handler can stop waiting.
 */
public class Snooze extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Duration delay;

    /**
     * @param delay from now; zero means as soon as possible
     * @throws IllegalArgumentException when the delay is negative or longer than 1000 years
     */
    public Snooze(Duration delay) {
        super("snoozed for " + TimeText.of(delay), null, false, false);
        this.delay = Limits.wait("snooze", delay);
    }

    /** From now to the next run. */
    public Duration delay() {
        return delay;
    }
}
