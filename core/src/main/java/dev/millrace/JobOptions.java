package dev.millrace;

import dev.millrace.internal.RunOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link JobType} says for all its jobs and a {@link JobRequest} may say anew for one.
 *
 * @param queue the lane
 * @param priority higher first
 * @param run timeout and retry rule
 * @param encodedRun {@code run} as it is stored, made once per type and not once per job
 * @param keepFor how long to keep an ended job; null for the store's retention
 */
record JobOptions(
        String queue,
        int priority,
        RunOptions run,
        String encodedRun,
        @Nullable Duration keepFor) {
    static final JobOptions DEFAULT = new JobOptions("default", 0, RunOptions.NONE, "", null);

    JobOptions withQueue(String value) {
        return new JobOptions(Limits.queue(value), priority, run, encodedRun, keepFor);
    }

    JobOptions withPriority(int value) {
        return new JobOptions(queue, Limits.priority(value), run, encodedRun, keepFor);
    }

    JobOptions withTimeout(Duration value) {
        return withRun(new RunOptions(Limits.positive("timeout", value), run.retry()));
    }

    JobOptions withRetry(RetryPolicy value) {
        return withRun(new RunOptions(run.timeout(), value));
    }

    private JobOptions withRun(RunOptions value) {
        return new JobOptions(queue, priority, value, value.encode(), keepFor);
    }

    JobOptions withKeepFor(Duration value) {
        return new JobOptions(queue, priority, run, encodedRun, Limits.wait("keepFor", value));
    }
}
