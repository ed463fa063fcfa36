package dev.millrace.spi;

import java.util.List;
import java.util.Set;
import java.util.UUID;

/** What a worker would take. */
public sealed interface Claim {

    /** Nothing: settle only. */
    record Nothing() implements Claim {}

    /**
     * The next jobs in order: priority (higher first), due time, arrival.
     *
     * @param queues where from
     * @param kinds what this worker has handlers for; jobs of other kinds stay for other workers
     * @param minPriority leaves jobs of a lower priority alone
     * @param limit how many at most, struck ones included
     * @param struck how many jobs that were rescued before may be among them (0 or 1 as a rule): the worker must start them
     *     at once
     */
    record Next(Queues queues, Set<String> kinds, int minPriority, int limit, int struck) implements Claim {}

    /**
     * This one job, if it is READY or SCHEDULED, whatever its queue, priority and due time.
     *
     * @param job the job
     * @param kinds what this worker has handlers for
     */
    record One(UUID job, Set<String> kinds) implements Claim {}

    /** The queues a worker serves. */
    sealed interface Queues {
        /** All queues there are, but not these; jobs are taken in one order across queues where the engine can. */
        record AllBut(Set<String> except) implements Queues {}

        /** These, in strict order: a later one only when the earlier have nothing to claim. */
        record InOrder(List<String> names) implements Queues {}
    }
}
