package dev.millrace.spi;

import org.jspecify.annotations.Nullable;

/**
 * A job to be stored.
 *
 * @param spec what the producer said of it
 * @param due when it may run, at the earliest
 * @param expiry from when on it is not to be started any more; null for never
 * @param fresh whether its id was made for this call, so that no job can have it: a store need not look for one
 */
public record NewJob(JobSpec spec, Due due, @Nullable Due expiry, boolean fresh) {
    /** A job whose id may be known from an earlier call. */
    public NewJob(JobSpec spec, Due due, @Nullable Due expiry) {
        this(spec, due, expiry, false);
    }

    /** The same, with an id that was made just now. */
    public NewJob withFreshId() {
        return new NewJob(spec, due, expiry, true);
    }

    /** A job that may run at once and never expires. */
    public static NewJob now(JobSpec spec) {
        return new NewJob(spec, Due.NOW, null);
    }
}
