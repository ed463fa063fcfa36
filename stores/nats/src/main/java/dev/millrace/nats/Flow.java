package dev.millrace.nats;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.internal.flow.GroupKey;
import dev.millrace.internal.flow.Groups;
import dev.millrace.internal.flow.Place;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Transition;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import dev.millrace.spi.Wish.Judgement;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The gates: which of them a job stands behind, and who is let through when something ends. What a change makes necessary for
 * other jobs is written down by {@link #moved} and done by {@link #run}, a bounded part of it with each call, so that no commit
 * grows with what waits. Touched on the leader's thread only.
 */
final class Flow {
    /** The most dependencies that are told, and members that are let go, with one call. */
    static final int TELLINGS_PER_CALL = 500;

    private final Ledger ledger;
    private final Ties ties;
    private final Outbox outbox;
    private final Members members = new Members();
    private final Groups<Job> groups = new Groups<>(Job.CLAIM_ORDER);
    private final Limits limits;
    private int tellingsLeft;

    Flow(Ledger ledger, Changes changes) {
        this.ledger = ledger;
        ties = new Ties(changes);
        outbox = new Outbox(ties, changes);
        limits = new Limits(changes, groups);
    }

    Ties ties() {
        return ties;
    }

    Outbox outbox() {
        return outbox;
    }

    Members members() {
        return members;
    }

    Groups<Job> groups() {
        return groups;
    }

    Limits limits() {
        return limits;
    }

    /** Whether the job belongs to a workflow that has not ended. */
    boolean isHeld(Job job) {
        Keys.Member member = job.spec.keys().member();
        Job head = member == null || job.isHead() ? null : ledger.find(member.workflow());
        return head != null && !head.state.finished();
    }

    /** Where a transition leads: the first gate that is shut. */
    Place place(Job job, Transition transition, long now) {
        return Place.after(transition, job, ties.graph(), now);
    }

    /** Gives or takes the job's slot, as its new state has it, and writes down what others are to be told. */
    void moved(Job job, Transition transition, JobState from) {
        if (job.spec.keys().group() != null) {
            boolean waitsForRetry = job.holdsSlot
                    && job.isStrict()
                    && job.state == JobState.SCHEDULED
                    && transition == Transition.RETRY;
            hold(job, job.state == JobState.READY || job.state == JobState.RUNNING || waitsForRetry);
        }
        if (job.state.finished() == from.finished()) {
            return;
        }
        if (ties.graph().hasChildren(job.id())) {
            outbox.add(job.id(), verdictOf(job));
        }
        if (!job.isHead()) {
            return;
        }
        if (job.state.finished()) {
            members.ended(job.id());
        } else {
            members.reopened(job.id());
        }
    }

    /** Takes in a job that comes with its state. */
    void entered(Job job) {
        if (job.spec.keys().group() != null) {
            hold(job, job.state == JobState.READY || job.state == JobState.RUNNING);
        }
        if (job.state.finished() && ties.graph().hasChildren(job.id())) {
            outbox.add(job.id(), verdictOf(job));
        }
        if (job.state.finished() && job.isHead()) {
            members.ended(job.id());
        }
        Keys.Member member = job.spec.keys().member();
        if (member != null && members.contains(job) && ledger.find(member.workflow()) != null && !isHeld(job)) {
            members.ended(member.workflow());
        }
    }

    private void hold(Job job, boolean now) {
        if (now != job.holdsSlot) {
            job.holdsSlot = now;
            GroupKey key = GroupKey.of(job.spec);
            if (now) {
                groups.hold(key);
            } else {
                groups.free(key);
            }
        }
    }

    /** Everything has been read, and the jobs are in their indexes. */
    void loaded() {
        ties.loaded(id -> ledger.find(id) != null);
        limits.loaded();
        for (Job job : ledger.all()) {
            if (job.holdsSlot) {
                groups.hold(GroupKey.of(job.spec));
            }
        }
        for (UUID workflow : members.workflows()) {
            Job head = ledger.find(workflow);
            if (head == null || head.state.finished()) {
                members.ended(workflow);
            }
        }
    }

    /** A job is in the ledger no more. */
    void deleted(Job job) {
        if (job.spec.keys().group() != null) {
            hold(job, false);
        }
        if (!job.state.finished() && ties.graph().hasChildren(job.id())) {
            outbox.add(job.id(), Verdict.CANCELLED);
        }
        members.ended(job.id());
        ties.forget(job.id());
    }

    private static @Nullable Verdict verdictOf(Job job) {
        return job.state.finished() ? Verdict.of(job.state, job.cancelReason) : null;
    }

    /** Writes down what a job waits for; a parent that has ended has told already. */
    void wait(UUID child, Parent parent) {
        ties.add(child, parent);
        Job known = ledger.find(parent.job());
        Tie tie = ties.find(child, parent.job());
        if (known != null && known.state.finished() && tie != null && tie.verdict == null) {
            ties.ended(tie, Verdict.of(known.state, known.cancelReason));
        }
    }

    /** The workflow of a job waits for it too; one that had ended goes on. */
    void join(UUID workflow, Job member, long now) {
        ties.join(workflow, new Parent(member.id(), member.spec.queue(), Wish.END));
        Job head = ledger.find(workflow);
        if (head != null && head.state.finished()) {
            ledger.move(head, Transition.RUN_AGAIN, Place.BEHIND_PARENTS, now);
        }
    }

    /** A call begins, with which so much may be told. */
    void begin(int tellings) {
        tellingsLeft = tellings;
    }

    /** Whether {@link #run} would do something now. */
    boolean isPending(long now) {
        return !outbox.isEmpty() || !members.isQuiet() || groups.pending(now);
    }

    /**
     * Tells who is to be told, and lets through who may pass: what there is to do, or a bounded part of it.
     *
     * @param admissions the most jobs that get a slot
     * @return whether anything was done
     */
    boolean run(long now, int admissions) {
        int admitted = 0;
        boolean any = false;
        while (isPending(now)) {
            int told = outbox.deliver(tellingsLeft, new Effects(now));
            List<Job> letGo = members.next(tellingsLeft - told);
            letGo.forEach(member -> ledger.keepFrom(member, now));
            int more = groups.admit(limits::of, now, admissions - admitted, job -> admit(job, now));
            tellingsLeft -= told + letGo.size();
            admitted += more;
            if (told + letGo.size() + more == 0) {
                break;
            }
            any = true;
        }
        return any;
    }

    private final class Effects implements Outbox.Telling {
        private final long now;

        Effects(long now) {
            this.now = now;
        }

        @Override
        public void reopened(UUID child) {
            Job job = ledger.find(child);
            if (job != null) {
                comeBack(job, now);
            }
        }

        @Override
        public void ended(UUID child) {
            Job job = ledger.find(child);
            if (job != null) {
                judge(job, now);
            }
        }
    }

    /** Lets a job pass that waits for no parent any more, or cancels it if it never can. */
    void judge(Job job, long now) {
        Judgement standing = job.gate == Gate.PARENTS ? ties.graph().standing(job.id()) : null;
        if (standing == null) {
            return;
        }
        if (standing != Judgement.MET) {
            ledger.abandon(job, standing.reason(), now);
        } else if (job.isHead()) {
            ledger.move(job, Transition.COMPLETE, JobState.SUCCEEDED, now);
        } else {
            if (job.delay != Micros.NEVER) {
                job.dueAt = Math.min(now + job.delay, Times.LAST);
                job.delay = Micros.NEVER;
            }
            ledger.move(job, Transition.RELEASE, place(job, Transition.RELEASE, now), now);
        }
    }

    private void comeBack(Job job, long now) {
        if (job.isHead() && job.state.finished()) {
            ledger.move(job, Transition.RUN_AGAIN, Place.BEHIND_PARENTS, now);
        } else if (job.state == JobState.CANCELLED
                && job.cancelReason == CancelReason.PARENT_FAILED
                && ties.graph().standing(job.id()) == null
                && ledger.keys().rival(job, now) == null) {
            ledger.move(job, Transition.REVIVE, Place.BEHIND_PARENTS, now);
        }
    }

    private void admit(Job job, long now) {
        if (limits.of(job.spec.queue()).fair() > 0) {
            ledger.reorder(job, () -> job.dueAt = now);
        }
        ledger.move(job, Transition.ADMIT, JobState.READY, now);
        limits.passed(GroupKey.of(job.spec));
    }

    /** Whether a job without a slot may have one at once, before those that wait; takes the token that it needs. */
    boolean pass(Job job, long now) {
        if (job.spec.keys().group() == null || job.holdsSlot) {
            return true;
        }
        GroupKey key = GroupKey.of(job.spec);
        if (!groups.open(key, limits.of(key.queue()), now)) {
            return false;
        }
        groups.take(key, limits.of(key.queue()), now);
        limits.passed(key);
        return true;
    }

    /** Whether there is a place in the group of a job that comes from elsewhere; one without a group needs none. */
    boolean hasPlace(JobSpec spec) {
        Keys.Group group = spec.keys().group();
        return group == null
                || groups.held(GroupKey.of(spec)) < limits.of(spec.queue()).slots(group);
    }

    /** When something becomes possible that is not now: a token that comes; {@link Micros#NEVER} when there is nothing. */
    long next(Lanes lanes, long now) {
        Long token = groups.nextToken();
        return isPending(now) ? now : Math.min(token == null ? Micros.NEVER : token, limits.nextClaim(lanes, now));
    }

    /** Why a job cannot be run again, as far as its parents go; null when it can. */
    @Nullable
    String refusal(Job job) {
        UUID broken = ties.graph().broken(job.id());
        return broken == null
                ? null
                : "its parent " + broken
                        + " did not succeed: run that again, and this one comes back by itself; if it was deleted, this one can never run";
    }
}
