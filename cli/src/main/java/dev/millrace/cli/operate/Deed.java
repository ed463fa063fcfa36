package dev.millrace.cli.operate;

import dev.millrace.JobQuery;
import dev.millrace.JobState;
import dev.millrace.spi.Operation;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * What is to be done to jobs.
 *
 * @param verb "cancel"
 * @param done "cancelled"
 * @param one the operations on one job that is in this state
 * @param all the same on those of a query; gives how many it was done to
 * @param states those that a filter means when it names none; empty for any
 */
record Deed(
        String verb,
        String done,
        Function<JobState, List<Operation>> one,
        ToLongFunction<JobQuery> all,
        Set<JobState> states) {

    static Deed of(String verb, String done, Operation operation, ToLongFunction<JobQuery> all, Set<JobState> states) {
        return new Deed(verb, done, state -> List.of(operation), all, states);
    }
}
