package dev.millrace;

import org.jspecify.annotations.Nullable;

/**
 * A handler without a result. See {@link Handler} for threads and exceptions.
 *
 * @param <P> the payload
 */
@FunctionalInterface
public interface VoidHandler<P> extends Handler<P, Void> {

    /**
     * Runs one job.
     *
     * @param payload what the job was enqueued with; null only for a {@code JobType<Void, Void>}
     * @param job the run at hand; of use until this returns
     * @throws Exception as {@link Handler#handle} does
     */
    void run(P payload, JobContext job) throws Exception;

    @Override
    default @Nullable Void handle(P payload, JobContext job) throws Exception {
        run(payload, job);
        return null;
    }
}
