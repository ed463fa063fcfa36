package dev.millrace.spi;

import java.time.Duration;

/**
 * How a run ended.
 *
 * @param run the run
 * @param outcome what its end means for the job
 * @param ran how long the handler ran; the store puts the run's start so long before its own now. Zero when it did not
 *     start
 * @param report progress and log lines not yet told by a beat
 */
public record Settlement(RunRef run, Outcome outcome, Duration ran, Report report) {
    public static Settlement of(RunRef run, Outcome outcome) {
        return new Settlement(run, outcome, Duration.ZERO, Report.NONE);
    }
}
