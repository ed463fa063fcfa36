package dev.millrace;

import java.util.List;

/**
 * Runs several jobs of one kind in one call, as for a bulk insert.
 *
 * <p>A job that the handler settles itself ({@link BatchJob#succeed}, {@link BatchJob#fail}, {@link BatchJob#snooze}) is
 * settled so. When the handler returns, the others succeed without a result; when it throws, the others end as if each had
 * thrown that exception in a {@link Handler}.
 *
 * @param <P> the payload
 * @param <R> the result
 */
@FunctionalInterface
public interface BatchHandler<P, R> {

    /**
     * Runs a batch.
     *
     * @param batch at least one job, in the order in which they were claimed; immutable
     * @throws Exception what the jobs not settled yet end with
     */
    void handle(List<BatchJob<P, R>> batch) throws Exception;
}
