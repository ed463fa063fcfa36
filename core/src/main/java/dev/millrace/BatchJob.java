package dev.millrace;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One job of a batch. It can be settled once, from any thread, until the batch handler returns or throws; after that, or a
 * second time, settling throws {@link IllegalStateException} and changes nothing.
 *
 * @param <P> the payload
 * @param <R> the result
 */
public interface BatchJob<P, R> {

    /** What the job was enqueued with; null only for a {@code JobType<Void, R>}. */
    P payload();

    /** The run at hand. */
    JobContext context();

    /** Whether it is settled: by the handler, by an {@link Interceptor}, or because the batch has ended. */
    boolean settled();

    /** The job succeeded; {@code result} is what {@code await} gives, null for none. */
    void succeed(@Nullable R result);

    /** This attempt failed, as if a {@link Handler} had thrown {@code cause}: the retry policy decides what comes next. */
    void fail(Throwable cause);

    /**
     * The job is to be run again later, without using up an attempt.
     *
     * @param delay from now; zero means as soon as possible
     * @throws IllegalArgumentException when the delay is negative
     */
    void snooze(Duration delay);
}
