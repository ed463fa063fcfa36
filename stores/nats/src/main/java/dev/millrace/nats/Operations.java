package dev.millrace.nats;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Transition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Looking at jobs by filter, and doing things to them by hand. Touched on the leader's thread only. */
final class Operations {
    /** The most jobs to look at for one page: claims wait meanwhile. */
    private static final int SCAN = 20_000;

    private final Ledger ledger;
    private final Runs runs;
    private final Changes changes;

    Operations(Ledger ledger, Runs runs, Changes changes) {
        this.ledger = ledger;
        this.runs = runs;
        this.changes = changes;
    }

    /**
     * Some jobs.
     *
     * @param jobs largest id first
     * @param next where to go on; null at the end
     */
    record Found(List<Job> jobs, @Nullable UUID next) {}

    /** The jobs with the largest ids below {@code after} that match, largest first. */
    Found page(Filter filter, @Nullable UUID after, int limit) {
        Collection<Job> among = filter.ids().isEmpty() ? ledger.below(after) : named(filter, after);
        List<Job> found = new ArrayList<>();
        int looked = 0;
        for (Job job : among) {
            if (found.size() == limit) {
                return new Found(found, limit == 0 ? null : found.get(limit - 1).id());
            }
            if (++looked > SCAN && filter.ids().isEmpty()) {
                UUID last = found.isEmpty() ? null : found.get(found.size() - 1).id();
                // The job just met was not looked at: the next page begins with it.
                return new Found(found, justAbove(job.id(), last));
            }
            if (matches(filter, job)) {
                found.add(job);
            }
        }
        return new Found(found, null);
    }

    /** The id that a page must go on below so that this one is its first. */
    private static UUID justAbove(UUID id, @Nullable UUID last) {
        long low = id.getLeastSignificantBits() + 1;
        UUID above = new UUID(id.getMostSignificantBits() + (low == 0 ? 1 : 0), low);
        return last != null && Ledger.ID_ORDER.compare(last, above) < 0 ? last : above;
    }

    private List<Job> named(Filter filter, @Nullable UUID after) {
        return filter.ids().stream()
                .map(ledger::find)
                .filter(Objects::nonNull)
                .filter(job -> after == null || Ledger.ID_ORDER.compare(job.id(), after) < 0)
                .sorted(Comparator.comparing(Job::id, Ledger.ID_ORDER).reversed())
                .toList();
    }

    OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit, long now) {
        Found page = page(filter, after, limit);
        List<UUID> done = new ArrayList<>();
        List<UUID> requested = new ArrayList<>();
        Map<UUID, String> refused = new LinkedHashMap<>();
        for (Job job : page.jobs()) {
            String refusal = refusal(operation, job, now);
            if (refusal != null) {
                refused.put(job.id(), refusal);
            } else if (operation instanceof Operation.Cancel && job.state == JobState.RUNNING) {
                job.cancelRequested = true;
                changes.touch(job);
                requested.add(job.id());
            } else {
                carryOut(operation, job, now);
                done.add(job.id());
            }
        }
        return new OperationReport(done, requested, refused, page.next());
    }

    private @Nullable String refusal(Operation operation, Job job, long now) {
        String state = job.state.name();
        if (operation instanceof Operation.Cancel) {
            return job.state.finished() ? "it is " + state + " already" : null;
        }
        if (operation instanceof Operation.Delete) {
            return job.state == JobState.RUNNING ? "it is RUNNING: cancel it first" : null;
        }
        if (operation instanceof Operation.RunAgain) {
            if (!job.state.finished()) {
                return "it is " + state + ": only a job that has ended can be run again";
            }
            Job holder = ledger.keys().rival(job, now);
            return holder == null ? ledger.flow().refusal(job) : "its unique key is held by job " + holder.id();
        }
        boolean waits = job.state == JobState.SCHEDULED || job.state == JobState.READY;
        return waits ? null : "it is " + state + ": only a SCHEDULED or READY job can be changed";
    }

    private void carryOut(Operation operation, Job job, long now) {
        if (operation instanceof Operation.Cancel) {
            ledger.move(job, Transition.CANCEL, JobState.CANCELLED, now);
        } else if (operation instanceof Operation.Delete) {
            ledger.delete(job, now);
        } else if (operation instanceof Operation.RunAgain) {
            runAgain(job, now);
        } else if (operation instanceof Operation.Reschedule reschedule) {
            long due = Micros.of(reschedule.due().resolve(Micros.instant(now)));
            // The job leaves its old place before its due time, which that place is sorted by, changes.
            ledger.reorder(job, () -> job.dueAt = due);
            ledger.move(job, Transition.RESCHEDULE, ledger.flow().place(job, Transition.RESCHEDULE, now), now);
        } else if (operation instanceof Operation.Reprioritize change) {
            ledger.reorder(job, () -> job.priority = change.priority());
        }
    }

    private void runAgain(Job job, long now) {
        RunRecord success = success(job);
        if (success != null) {
            runs.keepRecord(job, success);
            job.worker = null;
        }
        if (job.failed || job.progressed) {
            ledger.trace(job, new Trace.BegunAnew());
        }
        if (job.result != null) {
            changes.forget(List.of(job.result));
        }
        job.rescues = 0;
        job.snoozes = 0;
        job.failed = false;
        job.progressed = false;
        job.result = null;
        job.startedAt = Micros.NEVER;
        ledger.reorder(job, () -> job.dueAt = now);
        ledger.move(job, Transition.RUN_AGAIN, ledger.flow().place(job, Transition.RUN_AGAIN, now), now);
    }

    /** The record of the run that succeeded, while it is not in the trail. */
    static @Nullable RunRecord success(Job job) {
        String worker = job.worker;
        return worker == null || job.lastEnd != RunEnd.SUCCEEDED
                ? null
                : new RunRecord(
                        job.token,
                        job.attempt,
                        worker,
                        Micros.instant(job.startedAt),
                        Micros.instant(job.finishedAt),
                        RunEnd.SUCCEEDED,
                        null);
    }

    private static boolean matches(Filter filter, Job job) {
        return (filter.states().isEmpty() || filter.states().contains(job.state))
                && (filter.queue() == null || filter.queue().equals(job.spec.queue()))
                && (filter.kind() == null || filter.kind().equals(job.spec.kind()))
                && (filter.tag() == null || job.spec.labels().tags().contains(filter.tag()))
                && (filter.group() == null
                        || (job.spec.keys().group() != null
                                && filter.group().equals(job.spec.keys().group().key())))
                && within(filter.span(), job);
    }

    private static boolean within(Filter.Span span, Job job) {
        if (span.before() == null && span.since() == null) {
            return true;
        }
        Instant age = Micros.instant(job.state.finished() ? job.finishedAt : job.createdAt);
        return (span.before() == null || age.isBefore(span.before()))
                && (span.since() == null || !age.isBefore(span.since()));
    }
}
