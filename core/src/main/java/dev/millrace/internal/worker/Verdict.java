package dev.millrace.internal.worker;

import dev.millrace.Failure;
import dev.millrace.JobInterrupted;
import dev.millrace.PermanentFailure;
import dev.millrace.RetryAfter;
import dev.millrace.RetryPolicy;
import dev.millrace.Snooze;
import dev.millrace.internal.text.TimeText;
import dev.millrace.spi.Outcome;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;

/** What the end of a run means for its job. */
final class Verdict {
    private Verdict() {}

    /** The handler threw. */
    static Outcome thrown(Run run, Throwable error) {
        return broken(run, error, failure(error));
    }

    /** The handler settled the job in a transaction of its own and returned, and the store has seen no commit. */
    static Outcome notCommitted(Run run) {
        String message =
                "the handler called succeedIn and returned, and the transaction was not committed: nothing of it is stored."
                        + " Commit it before the handler returns; to give up, roll it back and throw";
        return broken(run, new IllegalStateException(message), Failure.of("NotCommitted", message));
    }

    private static Outcome broken(Run run, Throwable error, Failure failure) {
        JobInterrupted.Reason stop = run.stopReason();
        if (stop != null) {
            switch (stop) {
                case STOPPING, SESSION_LOST -> {
                    return new Outcome.HandedBack(true);
                }
                case CANCELLED -> {
                    return new Outcome.Cancelled();
                }
                case TIMED_OUT -> {
                    return timedOut(run, "", failure.stack());
                }
            }
        }
        if (error instanceof Snooze snooze) {
            return new Outcome.Snoozed(snooze.delay());
        }
        if (error instanceof PermanentFailure) {
            return new Outcome.Failed(failure);
        }
        return failed(run, error, failure);
    }

    /** Its time was up, and its handler returned only then: whether the work was done or broken off is not known. */
    static Outcome returnedLate(Run run) {
        return timedOut(run, "; its handler was interrupted and then returned, which does not count", "");
    }

    /** Its time was up, and its thread was given up. */
    static Outcome givenUp(Run run) {
        return timedOut(run, ", ignored the interrupt, and its thread was given up", "");
    }

    private static Outcome timedOut(Run run, String more, String stack) {
        TimeoutException error =
                new TimeoutException("it timed out after " + TimeText.of(Objects.requireNonNull(run.timeout())) + more);
        return failed(run, error, new Failure(error.getClass().getName(), "" + error.getMessage(), stack));
    }

    private static Outcome failed(Run run, Throwable error, Failure failure) {
        RetryPolicy own = run.options().retry();
        RetryPolicy policy = own != null ? own : run.entry().retry();
        Optional<Duration> delay = policy.delayAfter(run.attempt(), error, ThreadLocalRandom.current());
        if (delay.isEmpty()) {
            return new Outcome.Failed(failure);
        }
        return new Outcome.Retry(failure, error instanceof RetryAfter after ? after.delay() : delay.get());
    }

    /** A throwable as text; never throws, whatever the throwable's own methods do. */
    static Failure failure(Throwable error) {
        String type = error.getClass().getName();
        try {
            String message = error.getMessage();
            return new Failure(type, message == null ? "" : message, stack(error));
        } catch (Throwable again) {
            return Failure.of(type, "");
        }
    }

    private static String stack(Throwable error) {
        StringWriter text = new StringWriter();
        error.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
