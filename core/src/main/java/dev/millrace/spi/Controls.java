package dev.millrace.spi;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Operating: what people do to jobs and workers. */
public interface Controls {

    /**
     * Does something to the jobs that a filter finds, newest id first, in one bounded batch.
     *
     * @param after the id to go on below, from the last report; null to begin
     * @param limit the most jobs to look at in this call
     */
    OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit);

    /**
     * Leaves a command for a session, which gets it with its next beat.
     *
     * @return false when the session is closed or unknown
     */
    boolean command(UUID session, SessionCommand command);
}
