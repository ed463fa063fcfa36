package dev.millrace.postgres;

import dev.millrace.StoreException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says that effects fail, once a minute while they do, and how often they have in a row. */
final class FlowTrouble {
    private static final Logger LOG = LoggerFactory.getLogger(FlowTrouble.class);
    private static final long REMIND_NANOS = Duration.ofMinutes(1).toNanos();
    /** So often in a row a sweep asks for the next one at once. */
    private static final int AT_ONCE = 3;

    private int failures;
    private boolean said;
    private long saidAt;

    synchronized void report(StoreException error) {
        failures++;
        long now = System.nanoTime();
        if (!said || now - saidAt > REMIND_NANOS) {
            LOG.warn(
                    "what ends of jobs mean for others could not be done: {}. Nothing is lost, but until it is done jobs that wait"
                            + " for others, or for a place in their group, stay BLOCKED. Each exchange and each sweep tries again;"
                            + " if this goes on, mend what the error names",
                    error.getMessage(),
                    said ? null : error);
            said = true;
            saidAt = now;
        }
    }

    synchronized void over() {
        failures = 0;
    }

    /** Whether it may go well when it is tried again at once; what fails for good must not make sweeps go on and on. */
    synchronized boolean mayPass() {
        return failures <= AT_ONCE;
    }
}
