package dev.millrace.spi;

import dev.millrace.JobState;
import dev.millrace.internal.text.TimeText;
import java.time.Duration;

/**
 * How long finished jobs are kept, unless they say otherwise.
 *
 * @param succeeded after success
 * @param cancelled after cancellation
 * @param failed after failure
 * @param most the most SUCCEEDED and the most CANCELLED jobs kept; the oldest go first. FAILED ones have no cap
 */
public record Retention(Duration succeeded, Duration cancelled, Duration failed, long most) {
    /** 1 day, 1 day, 30 days, 1,000,000. */
    public static final Retention DEFAULT =
            new Retention(Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(30), 1_000_000);

    public Retention {
        if (succeeded.isNegative() || cancelled.isNegative() || failed.isNegative() || most < 0) {
            throw new IllegalArgumentException("retention of " + TimeText.of(succeeded) + ", " + TimeText.of(cancelled)
                    + ", " + TimeText.of(failed) + " and at most " + most + " jobs: nothing of it may be negative");
        }
    }

    /** The same, with another time for jobs that succeeded; zero or more. */
    public Retention keepSucceeded(Duration time) {
        return new Retention(time, cancelled, failed, most);
    }

    /** The same, with another time for jobs that were cancelled; zero or more. */
    public Retention keepCancelled(Duration time) {
        return new Retention(succeeded, time, failed, most);
    }

    /** The same, with another time for jobs that failed; zero or more. */
    public Retention keepFailed(Duration time) {
        return new Retention(succeeded, cancelled, time, most);
    }

    /** The same, with another limit on how many SUCCEEDED and how many CANCELLED jobs are kept; zero or more. */
    public Retention atMost(long jobs) {
        return new Retention(succeeded, cancelled, failed, jobs);
    }

    /** How long a job that ended in this state is kept. */
    public Duration of(JobState state) {
        return switch (state) {
            case SUCCEEDED -> succeeded;
            case CANCELLED -> cancelled;
            case FAILED -> failed;
            default -> throw new IllegalArgumentException(state + " is not an end");
        };
    }
}
