package dev.millrace;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A method that is a job: {@code JobType.of("square", Functions::square)}. It is serializable only so that the types can
 * be read off the method reference; it is never stored, and what it is bound to need not be serializable.
 *
 * @param <P> the payload
 * @param <R> the result
 */
@FunctionalInterface
public interface JobFunction<P, R> extends Serializable {

    /**
     * Does the work. Rules are those of {@link Handler#handle}.
     *
     * @return the result; null for none
     */
    @Nullable
    R apply(P payload) throws Exception;

    /**
     * A method that is a job and returns nothing.
     *
     * @param <P> the payload
     */
    @FunctionalInterface
    interface NoResult<P> extends Serializable {
        /** Does the work. Rules are those of {@link Handler#handle}. */
        void apply(P payload) throws Exception;
    }
}
