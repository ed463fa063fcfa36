package dev.millrace.internal.memory;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.internal.flow.Buckets;
import dev.millrace.internal.flow.Dependencies;
import dev.millrace.internal.flow.GroupKey;
import dev.millrace.internal.flow.Groups;
import dev.millrace.internal.flow.Place;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Transition;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish.Judgement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The gates: which of them a job stands behind, and who is let through when something ends. What a change makes necessary for
 * other jobs is written down by {@link #moved} and done by {@link #run}, so that a long chain needs no deep stack.
 *
 * <p>Guarded by the store's lock.
 */
final class Flow {
    private final Ledger ledger;
    private final Dependencies dependencies = new Dependencies();
    private final Groups<Job> groups = new Groups<>(Job.CLAIM_ORDER);
    private final Buckets buckets = new Buckets();
    private final Deque<News> news = new ArrayDeque<>();

    /**
     * What is to be told to those that wait for a job.
     *
     * @param verdict how it ended; null when it is unfinished again
     */
    private record News(UUID parent, @Nullable Verdict verdict) {}

    Flow(Ledger ledger) {
        this.ledger = ledger;
    }

    /** The unfinished head of the workflow that a job belongs to. */
    @Nullable
    Job openHead(Job job) {
        Keys.Member member = job.spec.keys().member();
        Job head = member == null || job.isHead() ? null : ledger.find(member.workflow());
        return head == null || head.state.finished() ? null : head;
    }

    /** Where a transition leads: the first gate that is shut. */
    Place place(Job job, Transition transition, long now) {
        return Place.after(transition, job, dependencies, now);
    }

    /** Gives or takes the job's slot, as its new state has it, and writes down what others are to be told. */
    void moved(Job job, Transition transition, JobState from, long now) {
        if (job.spec.keys().group() != null) {
            boolean waitsForRetry =
                    job.holds && job.isStrict() && job.state == JobState.SCHEDULED && transition == Transition.RETRY;
            hold(job, job.state == JobState.READY || job.state == JobState.RUNNING || waitsForRetry);
        }
        if (job.watched && job.state.finished() != from.finished()) {
            news.add(new News(job.spec.id(), job.state.finished() ? Verdict.of(job.state, job.cancelReason) : null));
        }
        if (job.state.finished() && !from.finished() && job.isHead()) {
            dependencies.of(job.spec.id()).forEach(member -> letGo(member, now));
        }
    }

    /** A job is in the ledger now. */
    void entered(Job job) {
        job.watched = dependencies.hasChildren(job.spec.id());
        if (job.spec.keys().group() != null) {
            hold(job, job.holds || job.state == JobState.READY || job.state == JobState.RUNNING);
        }
    }

    /** A workflow has one more member: one that had ended goes on. */
    void memberCame(UUID workflow, long now) {
        Job head = ledger.find(workflow);
        if (head != null && head.state.finished()) {
            ledger.move(head, Transition.RUN_AGAIN, Place.BEHIND_PARENTS, now);
        }
    }

    /** A job is in the ledger no more. */
    void deleted(Job job, long now) {
        UUID id = job.spec.id();
        if (job.spec.keys().group() != null) {
            hold(job, false);
        }
        if (job.watched && !job.state.finished()) {
            news.add(new News(id, Verdict.CANCELLED));
        }
        if (job.isHead()) {
            dependencies.of(id).forEach(member -> letGo(member, now));
        }
        dependencies.forget(id);
    }

    private void hold(Job job, boolean now) {
        GroupKey key = GroupKey.of(job.spec);
        boolean counted = job.counted;
        job.holds = now;
        job.counted = now;
        if (now && !counted) {
            groups.hold(key);
        } else if (!now && counted) {
            groups.free(key);
        }
    }

    /** The workflow of a member has ended: it is kept like any other job from now on. */
    private void letGo(Dependency dependency, long now) {
        Job member = ledger.find(dependency.parent().job());
        if (member != null && member.state.finished() && member.keepUntil == Micros.NEVER) {
            ledger.keepFromNow(member, now);
        }
    }

    /** Whether {@link #run} has nothing to do, now or later. */
    boolean quiet() {
        return news.isEmpty() && groups.quiet();
    }

    /** Tells who is to be told, and lets through who may pass, until nothing is left to do. Whether anything was done. */
    boolean run(long now) {
        boolean any = false;
        while (!news.isEmpty() || groups.pending(now)) {
            any = true;
            News next = news.poll();
            if (next == null) {
                groups.admit(buckets::of, now, Integer.MAX_VALUE, job -> admit(job, now));
            } else {
                dependencies.childrenOf(next.parent).forEach(child -> tell(child, next, now));
            }
        }
        return any;
    }

    private void tell(UUID child, News told, long now) {
        Job job = ledger.find(child);
        if (told.verdict == null) {
            dependencies.reopened(child, told.parent);
            if (job != null) {
                comeBack(job, now);
            }
        } else {
            dependencies.ended(child, told.parent, told.verdict);
            if (job != null) {
                judge(job, now);
            }
        }
    }

    /** Lets a job pass that waits for no parent any more, or cancels it if it never can. */
    void judge(Job job, long now) {
        Judgement standing = job.gate == Gate.PARENTS ? dependencies.standing(job.spec.id()) : null;
        if (standing == null) {
            return;
        }
        if (standing != Judgement.MET) {
            ledger.abandon(job, standing.reason(), now);
        } else if (job.isHead()) {
            ledger.move(job, Transition.COMPLETE, JobState.SUCCEEDED, now);
        } else {
            if (job.delay != Job.NO_DELAY) {
                job.dueAt = now + job.delay;
                job.delay = Job.NO_DELAY;
            }
            ledger.move(job, Transition.RELEASE, place(job, Transition.RELEASE, now), now);
        }
    }

    private void comeBack(Job job, long now) {
        if (job.isHead() && job.state.finished()) {
            ledger.move(job, Transition.RUN_AGAIN, Place.BEHIND_PARENTS, now);
        } else if (job.state == JobState.CANCELLED
                && job.cancelReason == CancelReason.PARENT_FAILED
                && dependencies.standing(job.spec.id()) == null
                && ledger.otherHolder(job, now) == null) {
            ledger.move(job, Transition.REVIVE, Place.BEHIND_PARENTS, now);
        }
    }

    private void admit(Job job, long now) {
        if (buckets.of(job.spec.queue()).fair() > 0) {
            ledger.reorder(job, () -> job.dueAt = now);
        }
        ledger.move(job, Transition.ADMIT, JobState.READY, now);
    }

    /** Whether a job without a slot may have one at once, before those that wait. */
    boolean open(Job job, long now) {
        return job.spec.keys().group() == null
                || job.holds
                || groups.open(GroupKey.of(job.spec), buckets.of(job.spec.queue()), now);
    }

    /** Takes a token for a job that passes its group's gate by itself. */
    void pass(Job job, long now) {
        if (job.spec.keys().group() != null && !job.holds) {
            groups.take(GroupKey.of(job.spec), buckets.of(job.spec.queue()), now);
        }
    }

    /** The queues' limits and buckets. */
    Buckets buckets() {
        return buckets;
    }

    /** What a workflow's jobs, and others, wait for. */
    Dependencies dependencies() {
        return dependencies;
    }

    /** The groups in use. */
    Groups<Job> groups() {
        return groups;
    }

    /** When a job may be claimed next that is READY in a queue whose bucket is empty; {@link Micros#NEVER} when there is none. */
    long nextClaim(long now) {
        if (!buckets.rated()) {
            return Micros.NEVER;
        }
        return ledger.lanes().values().stream()
                .flatMap(ofQueue -> ofQueue.values().stream())
                .filter(lane -> lane.hasReady() && buckets.tokens(lane.queue, now) == 0)
                .mapToLong(lane -> buckets.nextAt(lane.queue, now))
                .min()
                .orElse(Micros.NEVER);
    }

    /** Why a job cannot be run again; null when it can. */
    @Nullable
    String refusal(Job job) {
        UUID broken = dependencies.broken(job.spec.id());
        return broken == null
                ? null
                : "its parent " + broken
                        + " did not succeed: run that again, and this one comes back by itself; if it was deleted, this one can never run";
    }

    /** What is wrong between the jobs and the books of this; for tests. */
    List<String> problems(Job job) {
        UUID id = job.spec.id();
        if (job.gate == Gate.PARENTS && !job.isHead() && !dependencies.waits(id)) {
            return List.of("job " + id + " is BLOCKED by parents, and waits for none");
        }
        for (Dependency dependency : dependencies.of(id)) {
            Job parent = ledger.find(dependency.parent().job());
            boolean ended = parent == null || parent.state.finished();
            if (ended != (dependency.verdict() != null)) {
                return List.of("job " + id + " has heard " + dependency.verdict() + " of parent "
                        + dependency.parent().job() + ", which is " + (parent == null ? "gone" : parent.state));
            }
        }
        if (job.spec.keys().group() != null && groups.blocked(GroupKey.of(job.spec), job) != (job.gate == Gate.GROUP)) {
            return List.of("job " + id + " is " + job.state + ", and its group does not agree");
        }
        return List.of();
    }
}
