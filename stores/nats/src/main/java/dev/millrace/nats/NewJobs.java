package dev.millrace.nats;

import dev.millrace.JobState;
import dev.millrace.internal.flow.Place;
import dev.millrace.nats.Intaken.Missing;
import dev.millrace.spi.Due;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Takes in what producers enqueue. Touched on the leader's thread only. */
final class NewJobs {
    private static final byte[] NO_BYTES = {};

    private final Ledger ledger;
    private final Flow flow;
    private final Changes changes;

    NewJobs(Ledger ledger, Changes changes) {
        this.ledger = ledger;
        this.flow = ledger.flow();
        this.changes = changes;
    }

    /** Takes them in, all or none. */
    Intaken enqueue(List<NewJob> jobs, long now, EnumSet<Signal> signals) {
        Instant at = Micros.instant(now);
        // All times are worked out before anything is stored: one that cannot be fails the whole call.
        long[] dueAt =
                jobs.stream().mapToLong(job -> Micros.of(job.due().resolve(at))).toArray();
        long[] expiresAt = jobs.stream()
                .mapToLong(job -> job.expiry() == null
                        ? Micros.NEVER
                        : Micros.of(job.expiry().resolve(at)))
                .toArray();
        Missing missing = missing(jobs, now);
        if (missing != null) {
            return missing;
        }
        List<Answer> answers = new ArrayList<>(jobs.size());
        List<Job> tied = new ArrayList<>(0);
        for (NewJob job : jobs) {
            int index = answers.size();
            Answer answer = enqueue(job, dueAt[index], expiresAt[index], now);
            answers.add(answer);
            if (answer instanceof Answer.Stored stored && isTied(job)) {
                tied.add(Objects.requireNonNull(ledger.find(stored.id())));
            }
            if (answer instanceof Answer.Stored || answer instanceof Answer.Replaced) {
                // A SCHEDULED job wakes workers too: it may be due before what they wait for.
                signals.add(Signal.READY);
            }
        }
        tied.forEach(job -> flow.judge(job, now));
        return new Intaken.Taken(answers);
    }

    /** Whether a job waits for others or belongs to a workflow. */
    private static boolean isTied(NewJob job) {
        return !job.parents().isEmpty() || job.spec().keys().member() != null;
    }

    /** A parent, or the head of a workflow, that is neither there nor comes with the call; null when there is none. */
    private @Nullable Missing missing(List<NewJob> jobs, long now) {
        if (jobs.stream().noneMatch(NewJobs::isTied)) {
            return null;
        }
        Set<UUID> coming = coming(jobs, now);
        for (NewJob job : jobs) {
            UUID child = job.spec().id();
            if (isKnown(child, now)) {
                // It was stored when its parents were there.
                continue;
            }
            for (Parent parent : job.parents()) {
                if (!coming.contains(parent.job()) && ledger.find(parent.job()) == null) {
                    return new Missing(child, parent.job());
                }
            }
            Keys.Member member = job.spec().keys().member();
            if (member != null && !coming.contains(member.workflow()) && ledger.find(member.workflow()) == null) {
                return new Missing(child, member.workflow());
            }
        }
        return null;
    }

    /** Those that will be stored under their own id. */
    private Set<UUID> coming(List<NewJob> jobs, long now) {
        Set<UUID> coming = new HashSet<>();
        Set<List<String>> taken = new HashSet<>();
        for (NewJob job : jobs) {
            JobSpec spec = job.spec();
            if (isKnown(spec.id(), now) || coming.contains(spec.id())) {
                continue;
            }
            Keys.Unique unique = spec.keys().unique();
            if (unique == null || (mayCome(spec, unique, now) && taken.add(List.of(spec.kind(), unique.key())))) {
                coming.add(spec.id());
            }
        }
        return coming;
    }

    /** Whether a job of this key would be stored now, as a job of its own. */
    private boolean mayCome(JobSpec spec, Keys.Unique unique, long now) {
        Job holder = ledger.keys().holder(spec.kind(), unique.key(), now);
        return holder == null || (holder.state == JobState.RUNNING && follows(unique));
    }

    /** Whether a job with this rule is stored while the holder of its key runs. */
    private static boolean follows(Keys.Unique unique) {
        return unique.conflict() != Conflict.SKIP || unique.scope() == Scope.WAITING;
    }

    private Answer enqueue(NewJob newJob, long dueAt, long expiresAt, long now) {
        JobSpec spec = newJob.spec();
        UUID id = spec.id();
        if (isKnown(id, now)) {
            return new Answer.Known(id);
        }
        Keys.Unique unique = spec.keys().unique();
        Job holder = unique == null ? null : ledger.keys().holder(spec.kind(), unique.key(), now);
        if (unique == null || holder == null) {
            store(newJob, dueAt, expiresAt, now);
            return new Answer.Stored(id);
        }
        boolean runs = holder.state == JobState.RUNNING;
        boolean stands = runs ? !follows(unique) : unique.conflict() == Conflict.SKIP;
        if (holder.state.finished() || stands) {
            return new Answer.Duplicate(holder.id());
        }
        if (runs) {
            ledger.keys().take(store(newJob, dueAt, expiresAt, now));
            return new Answer.Stored(id);
        }
        replace(holder, newJob, unique, dueAt, expiresAt, now);
        return new Answer.Replaced(holder.id());
    }

    private boolean isKnown(UUID id, long now) {
        return ledger.wasDeleted(id, now) || ledger.find(id) != null;
    }

    private Job store(NewJob newJob, long dueAt, long expiresAt, long now) {
        JobSpec spec = newJob.spec();
        Job job = ledger.create(stripped(spec), changes.put(Body.of(spec)));
        job.createdAt = now;
        job.dueAt = dueAt;
        job.expiresAt = expiresAt;
        if (newJob.parents().isEmpty()) {
            Place place = flow.place(job, Transition.ENQUEUE, now);
            job.state = place.state();
            job.gate = place.gate();
        } else {
            job.state = JobState.BLOCKED;
            job.gate = Gate.PARENTS;
            job.delay = newJob.due() instanceof Due.After ? dueAt - now : Micros.NEVER;
        }
        ledger.enter(job, now);
        newJob.parents().forEach(parent -> flow.wait(job.id(), parent));
        Keys.Member member = spec.keys().member();
        if (member != null && !job.isHead()) {
            flow.join(member.workflow(), job, now);
        }
        return job;
    }

    /** What waits becomes what was enqueued: only its id, kind, queue, group, parents and arrival stay. */
    private void replace(Job job, NewJob newJob, Keys.Unique unique, long dueAt, long expiresAt, long now) {
        JobSpec was = job.spec;
        JobSpec next = stripped(newJob.spec());
        changes.forget(List.of(job.body));
        Ref body = changes.put(Body.of(newJob.spec()));
        ledger.forgetSteps(job);
        ledger.reorder(job, () -> {
            job.spec = new JobSpec(
                    was.id(),
                    was.kind(),
                    was.queue(),
                    next.priority(),
                    next.payload(),
                    next.options(),
                    next.labels(),
                    was.keys().withUnique(unique),
                    next.keepFor());
            job.body = body;
            job.priority = next.priority();
            job.expiresAt = expiresAt;
            if (unique.conflict() != Conflict.KEEP_DUE) {
                job.dueAt = dueAt;
                job.delay = job.gate == Gate.PARENTS && newJob.due() instanceof Due.After ? dueAt - now : Micros.NEVER;
            }
        });
        ledger.move(job, Transition.REPLACE, flow.place(job, Transition.REPLACE, now), now);
    }

    /** Without what {@link Body} holds. */
    static JobSpec stripped(JobSpec spec) {
        Labels labels = spec.labels().tags().isEmpty()
                ? Labels.NONE
                : new Labels(spec.labels().tags(), Map.of());
        return new JobSpec(
                spec.id(),
                spec.kind(),
                spec.queue(),
                spec.priority(),
                NO_BYTES,
                "",
                labels,
                spec.keys(),
                spec.keepFor());
    }
}
