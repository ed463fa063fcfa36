package dev.millrace;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A method that is a job and wants to know of its run: the two-argument form of {@link JobFunction}.
 *
 * @param <P> the payload
 * @param <R> the result
 */
@FunctionalInterface
public interface ContextFunction<P, R> extends Serializable {

    /**
     * Does the work. Rules are those of {@link Handler#handle}.
     *
     * @return the result; null for none
     */
    @Nullable
    R apply(P payload, JobContext job) throws Exception;

    /**
     * A method that is a job, wants to know of its run and returns nothing.
     *
     * @param <P> the payload
     */
    @FunctionalInterface
    interface NoResult<P> extends Serializable {
        /** Does the work. Rules are those of {@link Handler#handle}. */
        void apply(P payload, JobContext job) throws Exception;
    }
}
