package dev.millrace.testkit.contract;

import dev.millrace.Failure;
import dev.millrace.spi.Outcome;
import java.time.Duration;
import java.util.List;

/** One outcome of every sort. */
final class Outcomes {
    static final Duration DELAY = Duration.ofHours(1);

    private static final Failure FAILURE = Failure.of("broken", "it broke");

    private Outcomes() {}

    static List<Outcome> all() {
        return List.of(
                new Outcome.Succeeded(new byte[] {1}),
                new Outcome.Retry(FAILURE, DELAY),
                new Outcome.Failed(FAILURE),
                new Outcome.Snoozed(DELAY),
                new Outcome.HandedBack(true),
                new Outcome.HandedBack(false),
                new Outcome.Expired(),
                new Outcome.Cancelled());
    }

    /** Those after which a record of the run is kept. */
    static List<Outcome> recorded() {
        return all().stream()
                .filter(outcome -> !(outcome instanceof Outcome.HandedBack back) || back.started())
                .toList();
    }

    /** Those after which the job has ended. */
    static List<Outcome> thatEnd() {
        return List.of(
                new Outcome.Succeeded(null),
                new Outcome.Failed(FAILURE),
                new Outcome.Expired(),
                new Outcome.Cancelled());
    }
}
