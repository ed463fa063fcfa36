package dev.millrace.internal.worker;

import dev.millrace.CancelReason;
import dev.millrace.JobEvent;
import dev.millrace.internal.events.Events;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells listeners of a worker's runs. */
final class RunEvents {
    private final Events events;
    private final String worker;
    private final Tenure tenure;

    RunEvents(Events events, String worker, Tenure tenure) {
        this.events = events;
        this.worker = worker;
        this.tenure = tenure;
    }

    /** A handler begins. */
    void started(Run run) {
        if (events.heard()) {
            events.tell(new JobEvent.Started(Events.job(run.job().spec()), about(run, Duration.ZERO), events.now()));
        }
    }

    /** The store has recorded how these ended. */
    void ended(List<Run> runs) {
        if (events.heard()) {
            for (Run run : runs) {
                JobEvent event = end(run);
                if (event != null) {
                    events.tell(event);
                }
            }
        }
    }

    /** What the store makes of the run's end, as {@link dev.millrace.spi.Transition#ofEnd} says; null when it goes on. */
    private @Nullable JobEvent end(Run run) {
        JobEvent.Job job = Events.job(run.job().spec());
        JobEvent.Run about = about(run, run.ran());
        Instant now = events.now();
        Outcome outcome = run.outcome();
        if (outcome instanceof Outcome.Cancelled || run.cancelAsked()) {
            return new JobEvent.Cancelled(job, Optional.of(about), now, CancelReason.REQUESTED);
        }
        if (outcome instanceof Outcome.Succeeded) {
            return new JobEvent.Succeeded(job, about, now);
        }
        if (outcome instanceof Outcome.Failed failed) {
            return new JobEvent.Failed(job, about, now, failed.failure());
        }
        Instant expiry = run.job().times().expiresAt();
        if (outcome instanceof Outcome.Expired || (expiry != null && Micros.of(expiry) <= tenure.storeMicros())) {
            return new JobEvent.Cancelled(job, Optional.of(about), now, CancelReason.EXPIRED);
        }
        return outcome instanceof Outcome.Retry retry
                ? new JobEvent.Retried(job, about, now, retry.failure(), retry.delay())
                : null;
    }

    private JobEvent.Run about(Run run, Duration ran) {
        return new JobEvent.Run(worker, run.attempt(), Duration.ofNanos(run.waitedNanos()), ran);
    }
}
