package dev.millrace.internal.memory;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Transition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Looking at jobs by filter, and doing things to them by hand. Guarded by the store's lock. */
final class Operations {
    /** UUIDs as bytes compare, which for UUIDv7 is by time. */
    static final Comparator<UUID> ID_ORDER = (a, b) -> {
        int order = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return order != 0 ? order : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    };

    private static final Comparator<Job> BY_ID = Comparator.comparing(job -> job.spec.id(), ID_ORDER);

    private final Ledger ledger;

    Operations(Ledger ledger) {
        this.ledger = ledger;
    }

    /** The jobs with the largest ids below {@code after} that match, largest first. */
    List<Job> page(Filter filter, @Nullable UUID after, int limit) {
        Collection<Job> among = filter.ids().isEmpty()
                ? ledger.all()
                : filter.ids().stream()
                        .map(ledger::find)
                        .filter(Objects::nonNull)
                        .toList();
        return first(
                among,
                job -> (after == null || ID_ORDER.compare(job.spec.id(), after) < 0) && matches(filter, job),
                BY_ID.reversed(),
                limit);
    }

    /** The first so many matching jobs in an order. */
    static List<Job> first(Collection<Job> among, Predicate<Job> wanted, Comparator<Job> order, int limit) {
        PriorityQueue<Job> best = new PriorityQueue<>(order.reversed());
        for (Job job : among) {
            if (!wanted.test(job)) {
                continue;
            }
            if (best.size() < limit) {
                best.add(job);
            } else if (limit > 0 && order.compare(job, best.element()) < 0) {
                best.poll();
                best.add(job);
            }
        }
        List<Job> sorted = new ArrayList<>(best);
        sorted.sort(order);
        return sorted;
    }

    OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit, Instant now) {
        List<Job> jobs = page(filter, after, limit);
        List<UUID> done = new ArrayList<>();
        List<UUID> requested = new ArrayList<>();
        Map<UUID, String> refused = new LinkedHashMap<>();
        long micros = Micros.of(now);
        for (Job job : jobs) {
            UUID id = job.spec.id();
            String refusal = refusal(operation, job, micros);
            if (refusal != null) {
                refused.put(id, refusal);
            } else if (operation instanceof Operation.Cancel && job.state == JobState.RUNNING) {
                job.cancelRequested = true;
                requested.add(id);
            } else {
                carryOut(operation, job, now, micros);
                done.add(id);
            }
        }
        UUID next = jobs.size() < limit || jobs.isEmpty()
                ? null
                : jobs.get(jobs.size() - 1).spec.id();
        return new OperationReport(done, requested, refused, next);
    }

    private @Nullable String refusal(Operation operation, Job job, long micros) {
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
            Job holder = ledger.otherHolder(job, micros);
            return holder == null ? ledger.flow().refusal(job) : "its unique key is held by job " + holder.spec.id();
        }
        boolean waits = job.state == JobState.SCHEDULED || job.state == JobState.READY;
        return waits ? null : "it is " + state + ": only a SCHEDULED or READY job can be changed";
    }

    private void carryOut(Operation operation, Job job, Instant now, long micros) {
        if (operation instanceof Operation.Cancel) {
            ledger.move(job, Transition.CANCEL, JobState.CANCELLED, micros);
        } else if (operation instanceof Operation.Delete) {
            ledger.delete(job, micros);
        } else if (operation instanceof Operation.RunAgain) {
            runAgain(job, micros);
        } else if (operation instanceof Operation.Reschedule reschedule) {
            long due = Micros.of(reschedule.due().resolve(now));
            // The job leaves its old place before its due time, which that place is sorted by, changes.
            ledger.reorder(job, () -> job.dueAt = due);
            ledger.move(job, Transition.RESCHEDULE, ledger.flow().place(job, Transition.RESCHEDULE, micros), micros);
        } else if (operation instanceof Operation.Reprioritize change) {
            ledger.reorder(job, () -> job.priority = change.priority());
        }
    }

    private void runAgain(Job job, long micros) {
        job.rescues = 0;
        job.snoozes = 0;
        job.failure = null;
        job.result = null;
        job.keepSuccessRecord();
        job.startedAt = Micros.NEVER;
        if (job.trail != null) {
            job.trail.forgetProgress();
        }
        job.dueAt = micros;
        ledger.move(job, Transition.RUN_AGAIN, ledger.flow().place(job, Transition.RUN_AGAIN, micros), micros);
    }

    static boolean matches(Filter filter, Job job) {
        return (filter.ids().isEmpty() || filter.ids().contains(job.spec.id()))
                && (filter.states().isEmpty() || filter.states().contains(job.state))
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
