package dev.millrace.internal.doctor;

import dev.millrace.JobState;
import dev.millrace.Stats;
import dev.millrace.Stats.QueueStats;
import dev.millrace.Stats.WorkerInfo;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import dev.millrace.spi.Retention;
import java.time.Duration;
import java.util.List;

/** Looks at what waits, and at what is kept. */
final class Queues {
    private static final Duration LONG_WAIT = Duration.ofMinutes(1);
    private static final Duration VERY_LONG_WAIT = Duration.ofMinutes(10);
    private static final Duration LONG_PAUSE = Duration.ofHours(1);
    private static final long SOME_FAILED = 1_000;
    private static final long MANY_ENDED = 100_000;
    private static final double NEARLY = 0.9;

    private final Stats stats;
    /** Workers that are heard of. */
    private final List<WorkerInfo> live;

    private final Findings findings;

    Queues(Stats stats, Findings findings) {
        this.stats = stats;
        this.live = stats.live();
        this.findings = findings;
    }

    void lookAtWaiting() {
        for (QueueStats queue : stats.queues()) {
            Duration age = queue.oldestWaiting().orElse(Duration.ZERO);
            if (queue.paused() || age.compareTo(LONG_WAIT) <= 0) {
                continue;
            }
            findings.add(
                    "queue-waiting",
                    age.compareTo(VERY_LONG_WAIT) > 0 ? Severity.PROBLEM : Severity.WARNING,
                    "queue " + queue.name() + " has " + Texts.jobs(queue.count(JobState.READY))
                            + " READY, the oldest for " + Texts.span(age),
                    "work comes in faster than it is done, or is not done at all",
                    "start more workers or give them more concurrency (millrace worker --concurrency N)");
        }
    }

    void lookForHandlers() {
        long ready = stats.count(JobState.READY);
        if (live.isEmpty()) {
            if (ready > 0) {
                findings.warning(
                        "no-worker",
                        Texts.jobs(ready) + " READY, and no worker",
                        "nothing runs them",
                        "start one: millrace worker --exec KIND=PROGRAM, or millrace worker --handlers app.jar");
            }
            return;
        }
        for (QueueStats queue : stats.queues()) {
            if (!queue.paused()) {
                queue.readyKinds().forEach((kind, count) -> lookForHandler(queue.name(), kind, count));
            }
        }
    }

    private void lookForHandler(String queue, String kind, long count) {
        if (live.stream().noneMatch(worker -> worker.told().handles(queue, kind))) {
            findings.warning(
                    "kind-unhandled",
                    Texts.jobs(count) + " of kind " + kind + " READY in queue " + queue + ", and none of " + live.size()
                            + " workers has a handler for it there",
                    "they wait until a worker that has one is started",
                    "start such a worker, or cancel them: millrace cancel --kind " + kind + " --queue " + queue);
        }
    }

    void lookAtPauses() {
        for (QueueStats queue : stats.queues()) {
            long waiting = queue.count(JobState.READY);
            if (queue.paused() && waiting > 0) {
                Duration age = queue.oldestWaiting().orElse(Duration.ZERO);
                findings.add(
                        "queue-paused",
                        age.compareTo(LONG_PAUSE) > 0 ? Severity.WARNING : Severity.NOTE,
                        "queue " + queue.name() + " is paused with " + Texts.jobs(waiting) + " READY, the oldest for "
                                + Texts.span(age),
                        "nothing is claimed from it, by any worker, until it is resumed",
                        "resume it when it may go on: millrace resume " + queue.name());
            }
        }
    }

    void lookAtWhatIsKept(Retention retention) {
        long failed = stats.count(JobState.FAILED);
        if (failed > SOME_FAILED) {
            findings.add(
                    "failed-many",
                    failed > MANY_ENDED ? Severity.WARNING : Severity.NOTE,
                    failed + " FAILED jobs are kept",
                    "they have no cap, only their time (30 days unless set otherwise), and fill the store",
                    "look at them (millrace list --state failed), then retry or delete them");
        }
        for (JobState state : List.of(JobState.SUCCEEDED, JobState.CANCELLED)) {
            long count = stats.count(state);
            if (count > 0 && count >= retention.most() * NEARLY) {
                findings.note(
                        "kept-cap",
                        count + " " + state + " jobs are kept, and at most " + retention.most() + " are to be",
                        "the oldest are deleted before their time, and with them their results",
                        "raise the cap, or keep them for a shorter time (retention)");
            }
        }
        long ended = failed + stats.count(JobState.SUCCEEDED) + stats.count(JobState.CANCELLED);
        if (live.isEmpty() && ended > 0) {
            findings.add(
                    "not-swept",
                    ended > MANY_ENDED ? Severity.WARNING : Severity.NOTE,
                    "no worker sweeps, and the store keeps " + Texts.jobs(ended) + " that ended",
                    "nothing is deleted, promoted or rescued while no worker runs",
                    "start a worker, whatever its kinds: every one sweeps");
        }
    }
}
