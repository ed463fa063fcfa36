package dev.millrace;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A call of a handler, as an {@link Interceptor} sees it: of one job, or of a batch. */
public sealed interface JobCall permits JobCall.One, JobCall.Batch {

    /** The runs at hand: one, or those of the batch, in order; immutable and never empty. All are of one kind. */
    List<JobContext> jobs();

    /**
     * Calls the next interceptor, or the handler if this is the last. Call it on the thread that one is on. Around one job it
     * may be called again, to try at once what failed; around a batch, once.
     *
     * @return the result; null for none and around a batch
     * @throws Exception what the handler or an interceptor within throws
     * @throws IllegalStateException when a batch is called again
     */
    @Nullable
    Object proceed() throws Exception;

    /** Of one job. */
    non-sealed interface One extends JobCall {
        /** The run at hand. */
        JobContext job();

        /** What the job was enqueued with, as its handler gets it; null only where the payload type is {@code Void}. */
        @Nullable
        Object payload();
    }

    /**
     * Of a batch: the interceptor stands around the whole of it, once. It may settle jobs itself, as the handler may; those
     * that it settles before it proceeds are kept from the handler, which is not called when none is left. Without proceeding,
     * jobs that are not settled succeed without a result.
     */
    non-sealed interface Batch extends JobCall {
        /** The jobs with their payloads, in order; immutable. */
        List<BatchJob<@Nullable Object, @Nullable Object>> batch();
    }
}
