package dev.millrace.spi;

import org.jspecify.annotations.Nullable;

/**
 * A job to be stored.
 *
 * @param spec what the producer said of it
 * @param due when it may run, at the earliest
 * @param expiry from when on it is not to be started any more; null for never
 */
public record NewJob(JobSpec spec, Due due, @Nullable Due expiry) {
    /** A job that may run at once and never expires. */
    public static NewJob now(JobSpec spec) {
        return new NewJob(spec, Due.NOW, null);
    }
}
