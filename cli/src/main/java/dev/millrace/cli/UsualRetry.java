package dev.millrace.cli;

import dev.millrace.RetryPolicy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The retry rule as commands and files say it: how often, and how long until the first time. */
public final class UsualRetry {
    private static final Duration USUAL_MAX_DELAY = Duration.ofMinutes(15);

    private UsualRetry() {}

    /**
     * The default rule, with what is said.
     *
     * @param attempts how many runs there may be in all; null for the usual number
     * @param delay from the first failure to the next run, twice as long each time; null for the usual one
     */
    public static RetryPolicy of(@Nullable Integer attempts, @Nullable Duration delay) {
        RetryPolicy policy = RetryPolicy.DEFAULT;
        if (delay != null) {
            Duration most = delay.compareTo(USUAL_MAX_DELAY) > 0 ? delay : USUAL_MAX_DELAY;
            policy =
                    RetryPolicy.exponential(delay, 2).maxDelay(most).jitter(0.2).attempts(10);
        }
        return attempts == null ? policy : policy.attempts(attempts);
    }
}
