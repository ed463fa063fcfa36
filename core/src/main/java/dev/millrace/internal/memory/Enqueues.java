package dev.millrace.internal.memory;

import dev.millrace.JobState;
import dev.millrace.internal.flow.Dependencies;
import dev.millrace.internal.flow.Place;
import dev.millrace.spi.Due;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Micros;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Transition;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How jobs come in. */
final class Enqueues {
    private final Ledger ledger;
    private final Flow flow;
    private final Dependencies dependencies;

    Enqueues(Ledger ledger) {
        this.ledger = ledger;
        this.flow = ledger.flow();
        this.dependencies = flow.dependencies();
    }

    List<Answer> enqueue(List<NewJob> jobs, Instant now) {
        long micros = Micros.of(now);
        // All times are worked out before anything is stored: one that cannot be fails the whole call.
        long[] dueAt = jobs.stream()
                .mapToLong(job -> Micros.of(job.due().resolve(now)))
                .toArray();
        long[] expiresAt = jobs.stream()
                .mapToLong(job -> job.expiry() == null
                        ? Micros.NEVER
                        : Micros.of(job.expiry().resolve(now)))
                .toArray();
        boolean anyTied = anyTied(jobs);
        if (anyTied) {
            refuseMissingParents(jobs, micros);
        }
        List<Answer> answers = new ArrayList<>(jobs.size());
        for (NewJob job : jobs) {
            int index = answers.size();
            answers.add(enqueue(job, dueAt[index], expiresAt[index], micros));
        }
        if (anyTied) {
            judge(jobs, answers, micros);
        }
        return answers;
    }

    private static boolean anyTied(List<NewJob> jobs) {
        for (NewJob job : jobs) { // no stream: this is asked for every job there is
            if (tied(job)) {
                return true;
            }
        }
        return false;
    }

    /** Looks at what was stored and waits for others, once all of the call is there: they may have ended before. */
    private void judge(List<NewJob> jobs, List<Answer> answers, long now) {
        for (int i = 0; i < answers.size(); i++) {
            Job stored = answers.get(i) instanceof Answer.Stored && tied(jobs.get(i))
                    ? ledger.find(answers.get(i).id())
                    : null;
            if (stored != null) {
                flow.judge(stored, now);
            }
        }
    }

    /** Whether a job waits for others or belongs to a workflow. */
    private static boolean tied(NewJob job) {
        return !job.parents().isEmpty() || job.spec().keys().member() != null;
    }

    private void refuseMissingParents(List<NewJob> jobs, long now) {
        Set<UUID> coming = new HashSet<>();
        Set<List<String>> taken = new HashSet<>();
        for (NewJob job : jobs) {
            JobSpec spec = job.spec();
            Keys.Unique unique = spec.keys().unique();
            boolean known =
                    ledger.find(spec.id()) != null || ledger.wasDeleted(spec.id(), now) || coming.contains(spec.id());
            boolean held = !known
                    && unique != null
                    && (!mayCome(spec, unique, now) || !taken.add(List.of(spec.kind(), unique.key())));
            if (!known && !held) {
                coming.add(spec.id());
            }
        }
        for (NewJob job : jobs) {
            UUID id = job.spec().id();
            if (ledger.find(id) != null || ledger.wasDeleted(id, now)) {
                continue;
            }
            job.parents().forEach(parent -> refuseMissing(id, parent.job(), coming));
            Keys.Member member = job.spec().keys().member();
            if (member != null) {
                refuseMissing(id, member.workflow(), coming);
            }
        }
    }

    private void refuseMissing(UUID child, UUID parent, Set<UUID> coming) {
        if (!coming.contains(parent) && ledger.find(parent) == null) {
            throw new MissingParentException(child, parent);
        }
    }

    /** Whether a job of this key would be stored now, as a job of its own. */
    private boolean mayCome(JobSpec spec, Keys.Unique unique, long now) {
        Job holder = ledger.keyHolder(spec.kind(), unique.key(), now);
        return holder == null || (holder.state == JobState.RUNNING && follows(unique));
    }

    /** Whether a job with this rule is stored while the holder of its key runs. */
    private static boolean follows(Keys.Unique unique) {
        return unique.conflict() != Conflict.SKIP || unique.scope() == Scope.WAITING;
    }

    private Answer enqueue(NewJob newJob, long dueAt, long expiresAt, long now) {
        JobSpec spec = newJob.spec();
        UUID id = spec.id();
        if (ledger.wasDeleted(id, now)) {
            return new Answer.Known(id);
        }
        Keys.Unique unique = spec.keys().unique();
        Job holder = unique == null ? null : ledger.keyHolder(spec.kind(), unique.key(), now);
        if (holder != null && unique != null) {
            if (ledger.find(id) != null) {
                return new Answer.Known(id);
            }
            boolean running = holder.state == JobState.RUNNING;
            boolean stands = running ? !follows(unique) : unique.conflict() == Conflict.SKIP;
            if (holder.state.finished() || stands) {
                return new Answer.Duplicate(holder.spec.id());
            }
            if (!running) {
                replace(holder, newJob, dueAt, expiresAt, now);
                return new Answer.Replaced(holder.spec.id());
            }
            ledger.passKey(holder);
        }
        return store(newJob, dueAt, expiresAt, now) ? new Answer.Stored(id) : new Answer.Known(id);
    }

    private boolean store(NewJob newJob, long dueAt, long expiresAt, long now) {
        boolean tied = tied(newJob);
        // Before anything is written down of it; of a plain job nothing is before the ledger takes it, or knows it.
        if (tied && ledger.find(newJob.spec().id()) != null) {
            return false;
        }
        Job job = ledger.create(newJob.spec());
        job.createdAt = now;
        job.dueAt = dueAt;
        job.expiresAt = expiresAt;
        if (tied) {
            tie(job, newJob, now);
        }
        if (newJob.parents().isEmpty()) {
            Place place = flow.place(job, Transition.ENQUEUE, now);
            job.state = place.state();
            job.gate = place.gate();
        } else {
            job.state = JobState.BLOCKED;
            job.gate = Gate.PARENTS;
            job.delay = newJob.due() instanceof Due.After ? dueAt - now : Job.NO_DELAY;
        }
        return ledger.enter(job);
    }

    /** Writes down what the job waits for, and that its workflow waits for it. */
    private void tie(Job job, NewJob newJob, long now) {
        UUID id = job.spec.id();
        for (Parent parent : newJob.parents()) {
            dependencies.add(id, parent);
            Job known = ledger.find(parent.job());
            if (known != null) {
                known.watched = true;
                if (known.state.finished()) {
                    dependencies.ended(id, parent.job(), Verdict.of(known.state, known.cancelReason));
                }
            }
        }
        Keys.Member member = job.spec.keys().member();
        if (member != null && !job.isHead()) {
            dependencies.join(member.workflow(), new Parent(id, job.spec.queue(), Wish.END));
            flow.memberCame(member.workflow(), now);
        }
    }

    /** What waits becomes what was enqueued: only its id, kind, queue, group, parents and arrival stay. */
    private void replace(Job job, NewJob newJob, long dueAt, long expiresAt, long now) {
        JobSpec was = job.spec;
        JobSpec next = newJob.spec();
        Keys.@Nullable Unique unique = next.keys().unique();
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
            job.priority = next.priority();
            job.expiresAt = expiresAt;
            if (unique != null && unique.conflict() != Conflict.KEEP_DUE) {
                job.dueAt = dueAt;
                job.delay = job.gate == Gate.PARENTS && newJob.due() instanceof Due.After ? dueAt - now : Job.NO_DELAY;
            }
            if (job.trail != null) {
                job.trail.forgetSteps();
            }
        });
        ledger.move(job, Transition.REPLACE, flow.place(job, Transition.REPLACE, now), now);
    }
}
