package dev.millrace;

import org.jspecify.annotations.Nullable;

/**
 * The code that runs jobs of one kind.
 *
 * <p>Called on a worker's handler thread, for several jobs at once when the worker's concurrency allows. A job may be run
 * more than once (its worker may die after the work and before the report), so the effects of a handler should bear
 * repetition; {@link JobContext#once} helps.
 *
 * @param <P> the payload
 * @param <R> the result
 */
@FunctionalInterface
public interface Handler<P, R> {

    /**
     * Runs one job.
     *
     * @param payload what the job was enqueued with; null only for a {@code JobType<Void, R>}
     * @param job the run at hand; of use until this returns
     * @return the result that {@code await} gives; null for none
     * @throws PermanentFailure to fail the job for good, whatever its retry policy
     * @throws RetryAfter to fail this attempt and choose the delay before the next
     * @throws Snooze to be run again later without using up an attempt
     * @throws Exception anything else fails this attempt, and the retry policy decides
     */
    @Nullable
    R handle(P payload, JobContext job) throws Exception;
}
