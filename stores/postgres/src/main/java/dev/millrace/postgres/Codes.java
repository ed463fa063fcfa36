package dev.millrace.postgres;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import org.jspecify.annotations.Nullable;

/**
 * Words as the small integers that stand for them in the tables. They are part of the layout: never renumbered. Queries and
 * the predicates of partial indexes repeat the states literally, since a plan for all values of a parameter can use a partial
 * index only then.
 */
final class Codes {
    static final int BLOCKED = 0;
    static final int SCHEDULED = 1;
    static final int READY = 2;
    static final int RUNNING = 3;
    static final int SUCCEEDED = 4;
    static final int FAILED = 5;
    static final int CANCELLED = 6;

    private static final JobState[] STATES = {
        JobState.BLOCKED,
        JobState.SCHEDULED,
        JobState.READY,
        JobState.RUNNING,
        JobState.SUCCEEDED,
        JobState.FAILED,
        JobState.CANCELLED
    };
    private static final RunEnd[] ENDS = {
        RunEnd.SUCCEEDED,
        RunEnd.RETRIED,
        RunEnd.FAILED,
        RunEnd.SNOOZED,
        RunEnd.HANDED_BACK,
        RunEnd.EXPIRED,
        RunEnd.CANCELLED,
        RunEnd.RESCUED
    };
    private static final CancelReason[] REASONS = {
        CancelReason.REQUESTED, CancelReason.EXPIRED, CancelReason.PARENT_FAILED, CancelReason.NOT_NEEDED
    };

    private static final Verdict[] VERDICTS = {Verdict.SUCCEEDED, Verdict.FAILED, Verdict.CANCELLED, Verdict.NOT_NEEDED
    };
    /** One more says that a workflow waits for a member. */
    private static final Wish[] WISHES = {Wish.SUCCESS, Wish.FAILURE, Wish.END};

    /** The wish of a workflow's head for the end of a member. */
    static final int MEMBER = 3;

    /** The verdict on a cancelled job by the reason in its column. */
    static final String VERDICT_OF_REASON = verdictOfReason();

    private Codes() {}

    private static String verdictOfReason() {
        StringBuilder text = new StringBuilder("CASE reason");
        for (int code = 0; code < REASONS.length; code++) {
            text.append(" WHEN ")
                    .append(code)
                    .append(" THEN ")
                    .append(of(Verdict.of(JobState.CANCELLED, REASONS[code])));
        }
        return text.append(" ELSE ")
                .append(of(Verdict.CANCELLED))
                .append(" END")
                .toString();
    }

    static int of(Verdict verdict) {
        return indexOf(VERDICTS, verdict);
    }

    static Verdict verdict(int code) {
        return VERDICTS[code];
    }

    static int of(Wish wish) {
        return indexOf(WISHES, wish);
    }

    static Wish wish(int code) {
        return code == MEMBER ? Wish.END : WISHES[code];
    }

    static int of(JobState state) {
        return indexOf(STATES, state);
    }

    static JobState state(int code) {
        return STATES[code];
    }

    static int of(RunEnd end) {
        return indexOf(ENDS, end);
    }

    static @Nullable Integer ofNullable(@Nullable RunEnd end) {
        return end == null ? null : of(end);
    }

    static RunEnd end(int code) {
        return ENDS[code];
    }

    static @Nullable Integer ofNullable(@Nullable CancelReason reason) {
        return reason == null ? null : indexOf(REASONS, reason);
    }

    static CancelReason reason(int code) {
        return REASONS[code];
    }

    private static <T> int indexOf(T[] words, T word) {
        for (int i = 0; i < words.length; i++) {
            if (words[i] == word) {
                return i;
            }
        }
        throw new IllegalArgumentException(word + " has no code");
    }
}
