package dev.millrace;

import dev.millrace.spi.Dependency;
import java.util.Collection;

/**
 * How many jobs ended how.
 *
 * @param total all of them
 * @param succeeded those that SUCCEEDED
 * @param failed those that FAILED, expired, or could not run since a job that they waited for failed or was cancelled
 * @param cancelled those that were cancelled by hand, or deleted before they ended
 * @param notNeeded those whose branch of the workflow was not needed
 */
public record EndCounts(int total, int succeeded, int failed, int cancelled, int notNeeded) {

    /** Those that have ended. */
    public int ended() {
        return succeeded + failed + cancelled + notNeeded;
    }

    /** Those that have not ended. */
    public int unfinished() {
        return total - ended();
    }

    static EndCounts of(Collection<Dependency> dependencies) {
        int succeeded = 0;
        int failed = 0;
        int cancelled = 0;
        int notNeeded = 0;
        for (Dependency dependency : dependencies) {
            if (dependency.verdict() != null) {
                switch (dependency.verdict()) {
                    case SUCCEEDED -> succeeded++;
                    case FAILED -> failed++;
                    case CANCELLED -> cancelled++;
                    case NOT_NEEDED -> notNeeded++;
                }
            }
        }
        return new EndCounts(dependencies.size(), succeeded, failed, cancelled, notNeeded);
    }

    /** As in "7 of 10 ended, 1 failed". */
    @Override
    public String toString() {
        return ended() + " of " + total + " ended"
                + (failed == 0 ? "" : ", " + failed + " failed")
                + (cancelled == 0 ? "" : ", " + cancelled + " cancelled")
                + (notNeeded == 0 ? "" : ", " + notNeeded + " not needed");
    }
}
