package dev.millrace.internal.worker;

import dev.millrace.BatchHandler;
import dev.millrace.JobContext;
import dev.millrace.RetryPolicy;
import java.lang.reflect.Type;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A registered handler, whatever its types.
 *
 * @param kind the kind that it runs
 * @param payloadType what payloads are read into
 * @param resultType what results are written from
 * @param retry the retry policy of jobs that do not bring one
 * @param timeout the timeout of jobs that do not bring one; null for none
 * @param code what to call
 */
public record HandlerEntry(
        String kind,
        Type payloadType,
        Type resultType,
        RetryPolicy retry,
        @Nullable Duration timeout,
        Code code) {

    /** What to call. */
    public sealed interface Code {}

    public HandlerEntry withCode(Code value) {
        return new HandlerEntry(kind, payloadType, resultType, retry, timeout, value);
    }

    /** A handler of one job. */
    public record Single(Call handler) implements Code {}

    /** Calls a handler whose types are no longer known to the compiler. */
    @FunctionalInterface
    public interface Call {
        /** Runs one job. */
        @Nullable
        Object handle(@Nullable Object payload, JobContext job) throws Exception;
    }

    /**
     * A handler of several jobs.
     *
     * @param most the most jobs in one call
     */
    public record Batch(int most, BatchHandler<@Nullable Object, @Nullable Object> handler) implements Code {}
}
