package dev.millrace.spi;

import dev.millrace.Failure;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How a run ended, and what that means for the job. What the job becomes is for {@link Transition#ofEnd} to say. */
public sealed interface Outcome {

    /** How a record of the run names it. */
    RunEnd end();

    /** The handler returned. */
    record Succeeded(byte @Nullable [] result) implements Outcome {
        @Override
        public RunEnd end() {
            return RunEnd.SUCCEEDED;
        }
    }

    /** It failed and is to be tried again after the delay. */
    record Retry(Failure failure, Duration delay) implements Outcome {
        @Override
        public RunEnd end() {
            return RunEnd.RETRIED;
        }
    }

    /** It failed for good. */
    record Failed(Failure failure) implements Outcome {
        @Override
        public RunEnd end() {
            return RunEnd.FAILED;
        }
    }

    /** It asked to be run again after the delay, which is no failure. */
    record Snoozed(Duration delay) implements Outcome {
        @Override
        public RunEnd end() {
            return RunEnd.SNOOZED;
        }
    }

    /**
     * The worker gives the job back as if it had not been claimed.
     *
     * @param started whether its handler had begun; a record of the run is kept only then
     */
    record HandedBack(boolean started) implements Outcome {
        @Override
        public RunEnd end() {
            return RunEnd.HANDED_BACK;
        }
    }

    /** The worker found, just before the handler, that the job had expired. */
    record Expired() implements Outcome {
        @Override
        public RunEnd end() {
            return RunEnd.EXPIRED;
        }
    }

    /** The handler stopped because the job's cancellation was asked for. */
    record Cancelled() implements Outcome {
        @Override
        public RunEnd end() {
            return RunEnd.CANCELLED;
        }
    }
}
