package dev.millrace.spi;

import static dev.millrace.JobState.BLOCKED;
import static dev.millrace.JobState.CANCELLED;
import static dev.millrace.JobState.FAILED;
import static dev.millrace.JobState.READY;
import static dev.millrace.JobState.RUNNING;
import static dev.millrace.JobState.SCHEDULED;
import static dev.millrace.JobState.SUCCEEDED;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every way in which a job moves, with its effects: the one table of the state machine. The memory store executes it, the
 * contract suite checks every store against it, docs/state-machine.md prints it.
 *
 * <p>Where a transition has several targets, the job goes through the gates (parents, due time, group) and stops at the first
 * that is shut.
 */
@SuppressWarnings("ImmutableEnumChecker") // the sets are unmodifiable
public enum Transition {
    /** A job is stored. */
    ENQUEUE(states(), states(BLOCKED, SCHEDULED, READY), Attempts.ZERO, Token.KEEP, Slot.TAKE, Key.TAKE, false),
    /** The last parent that it waited for ended as hoped. */
    RELEASE(states(BLOCKED), states(BLOCKED, SCHEDULED, READY), Attempts.KEEP, Token.KEEP, Slot.TAKE, Key.KEEP, false),
    /** Its time came. */
    PROMOTE(states(SCHEDULED), states(BLOCKED, READY), Attempts.KEEP, Token.KEEP, Slot.TAKE, Key.KEEP, false),
    /** Its group has a place. */
    ADMIT(states(BLOCKED), states(READY), Attempts.KEEP, Token.KEEP, Slot.TAKE, Key.KEEP, false),
    /** All members of the workflow that it stands for have ended. */
    COMPLETE(states(BLOCKED), states(SUCCEEDED), Attempts.KEEP, Token.KEEP, Slot.KEEP, Key.KEEP, false),
    /** Another was enqueued with its unique key, and is what it is from now on. */
    REPLACE(
            states(BLOCKED, SCHEDULED, READY),
            states(BLOCKED, SCHEDULED, READY),
            Attempts.ZERO,
            Token.KEEP,
            Slot.FREE,
            Key.KEEP,
            false),
    /** It was given a new due time or priority by hand. */
    RESCHEDULE(
            states(SCHEDULED, READY),
            states(BLOCKED, SCHEDULED, READY),
            Attempts.KEEP,
            Token.KEEP,
            Slot.FREE,
            Key.KEEP,
            false),
    /** A session took it: a run begins. */
    CLAIM(states(READY), states(RUNNING), Attempts.COUNT, Token.NEXT, Slot.KEEP, Key.KEEP, false),
    /** Its handler returned. */
    SUCCEED(states(RUNNING), states(SUCCEEDED), Attempts.KEEP, Token.KEEP, Slot.FREE, Key.FREE, true),
    /** It failed and has attempts left. */
    RETRY(states(RUNNING), states(SCHEDULED, BLOCKED, READY), Attempts.KEEP, Token.KEEP, Slot.FREE, Key.KEEP, true),
    /** It failed for good. */
    FAIL(states(RUNNING), states(FAILED), Attempts.KEEP, Token.KEEP, Slot.FREE, Key.FREE, true),
    /** It asked to run later. */
    SNOOZE(states(RUNNING), states(SCHEDULED, BLOCKED, READY), Attempts.REFUND, Token.KEEP, Slot.FREE, Key.KEEP, true),
    /** Its worker gave it back. A record is kept only if its handler had begun. */
    HAND_BACK(states(RUNNING), states(READY), Attempts.REFUND, Token.KEEP, Slot.KEEP, Key.KEEP, true),
    /** Its worker died. */
    RESCUE(states(RUNNING), states(READY), Attempts.REFUND, Token.KEEP, Slot.KEEP, Key.KEEP, true),
    /** Its worker died, for the third time after a first rescue. */
    STRIKE_OUT(states(RUNNING), states(FAILED), Attempts.KEEP, Token.KEEP, Slot.FREE, Key.FREE, true),
    /** Its run ended, one way or another, after its cancellation had been asked for. */
    CANCEL_RUN(states(RUNNING), states(CANCELLED), Attempts.KEEP, Token.KEEP, Slot.FREE, Key.FREE, true),
    /** Its run ended without success after its expiry, or found before the start that it had expired. */
    EXPIRE_RUN(states(RUNNING), states(CANCELLED), Attempts.KEEP, Token.KEEP, Slot.FREE, Key.FREE, true),
    /** Its expiry passed before it was claimed. */
    EXPIRE(states(BLOCKED, SCHEDULED, READY), states(CANCELLED), Attempts.KEEP, Token.KEEP, Slot.FREE, Key.FREE, false),
    /** It was cancelled by hand. */
    CANCEL(states(BLOCKED, SCHEDULED, READY), states(CANCELLED), Attempts.KEEP, Token.KEEP, Slot.FREE, Key.FREE, false),
    /** A parent ended otherwise than hoped. */
    ABANDON(states(BLOCKED), states(CANCELLED), Attempts.KEEP, Token.KEEP, Slot.FREE, Key.FREE, false),
    /** The parent whose end had cancelled it was run again. */
    REVIVE(states(CANCELLED), states(BLOCKED), Attempts.ZERO, Token.KEEP, Slot.KEEP, Key.TAKE, false),
    /** It is run again by hand: rescues and last failure forgotten, expiry cleared, due now. */
    RUN_AGAIN(
            states(SUCCEEDED, FAILED, CANCELLED),
            states(BLOCKED, SCHEDULED, READY),
            Attempts.ZERO,
            Token.KEEP,
            Slot.TAKE,
            Key.TAKE,
            false);

    /** How often a worker may die under a job after its first rescue; the last time it is FAILED. */
    public static final int STRIKES = 3;

    private final Set<JobState> from;
    private final Set<JobState> to;
    private final Attempts attempts;
    private final Token token;
    private final Slot slot;
    private final Key key;
    private final boolean record;

    Transition(
            Set<JobState> from, Set<JobState> to, Attempts attempts, Token token, Slot slot, Key key, boolean record) {
        this.from = Collections.unmodifiableSet(from);
        this.to = Collections.unmodifiableSet(to);
        this.attempts = attempts;
        this.token = token;
        this.slot = slot;
        this.key = key;
        this.record = record;
    }

    /**
     * What a job becomes when its run ends.
     *
     * @param outcome how the run ended
     * @param cancelRequested whether the job's cancellation was asked for
     * @param expired whether the job's expiry has passed
     */
    public static Transition ofEnd(Outcome outcome, boolean cancelRequested, boolean expired) {
        if (cancelRequested) {
            return CANCEL_RUN;
        }
        return switch (outcome.end()) {
            case SUCCEEDED -> SUCCEED;
            case FAILED -> FAIL;
            case RETRIED -> expired ? EXPIRE_RUN : RETRY;
            case SNOOZED -> expired ? EXPIRE_RUN : SNOOZE;
            case HANDED_BACK -> expired ? EXPIRE_RUN : HAND_BACK;
            case EXPIRED -> EXPIRE_RUN;
            case CANCELLED -> CANCEL_RUN;
            case RESCUED -> throw new IllegalArgumentException("a rescue is no outcome");
        };
    }

    /**
     * What a job becomes when it is taken back from a dead session.
     *
     * @param rescues how often it was taken back before
     */
    public static Transition ofRescue(int rescues, boolean cancelRequested, boolean expired) {
        if (cancelRequested) {
            return CANCEL_RUN;
        }
        if (rescues >= STRIKES) {
            return STRIKE_OUT;
        }
        return expired ? EXPIRE_RUN : RESCUE;
    }

    /** The states in which it applies; empty for a job that does not exist yet. */
    public Set<JobState> from() {
        return from;
    }

    /** The states that it may lead to. */
    public Set<JobState> to() {
        return to;
    }

    /** What it does to the attempts. */
    public Attempts attempts() {
        return attempts;
    }

    /** What it does to the lease token. */
    public Token token() {
        return token;
    }

    /** What it does to the group's slot, where the job has a group. */
    public Slot slot() {
        return slot;
    }

    /** What it does to the unique key, where the job has one. */
    public Key key() {
        return key;
    }

    /** Whether it ends a run, of which a record is kept. */
    public boolean endsRun() {
        return record;
    }

    /** Whether jobs that wait for this one are told. */
    public boolean tellsDependents() {
        return to.stream().allMatch(JobState::finished);
    }

    /** Why the job is CANCELLED after it; null where it leads elsewhere, or where the cause says. */
    public @Nullable CancelReason cancelReason() {
        return switch (this) {
            case CANCEL, CANCEL_RUN -> CancelReason.REQUESTED;
            case EXPIRE, EXPIRE_RUN -> CancelReason.EXPIRED;
            default -> null;
        };
    }

    private static Set<JobState> states(JobState... states) {
        Set<JobState> set = EnumSet.noneOf(JobState.class);
        Collections.addAll(set, states);
        return set;
    }

    /** What happens to the count of attempts. */
    public enum Attempts {
        KEEP,
        /** Set to zero. */
        ZERO,
        /** One more. */
        COUNT,
        /** One less: what ended the run was not the job's fault. */
        REFUND
    }

    /** What happens to the lease token. */
    public enum Token {
        KEEP,
        /** One more: a new run. */
        NEXT
    }

    /** What happens to the slot in the job's group. */
    public enum Slot {
        KEEP,
        /** Taken when the job becomes READY. */
        TAKE,
        FREE
    }

    /** What happens to the unique key. */
    public enum Key {
        KEEP,
        TAKE,
        FREE
    }
}
