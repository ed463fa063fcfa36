package dev.millrace.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job to be stored.
 *
 * @param spec what the producer said of it
 * @param due when it may run, at the earliest; where it is relative and the job has parents, from when they are done
 * @param expiry from when on it is not to be started any more; null for never
 * @param parents what it waits for, in order; each job once
 * @param fresh whether its id was made for this call, so that no job can have it: a store need not look for one
 */
public record NewJob(JobSpec spec, Due due, @Nullable Due expiry, List<Parent> parents, boolean fresh) {
    public NewJob {
        parents = List.copyOf(parents);
    }

    /** A job without parents whose id may be known from an earlier call. */
    public NewJob(JobSpec spec, Due due, @Nullable Due expiry) {
        this(spec, due, expiry, List.of(), false);
    }

    /** The same, with an id that was made just now. */
    public NewJob withFreshId() {
        return new NewJob(spec, due, expiry, parents, true);
    }

    /** The same, waiting for these. */
    public NewJob after(List<Parent> value) {
        return new NewJob(spec, due, expiry, value, fresh);
    }

    /** A job that may run at once and never expires. */
    public static NewJob now(JobSpec spec) {
        return new NewJob(spec, Due.NOW, null);
    }
}
