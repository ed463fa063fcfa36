package dev.millrace.sqlite;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import org.jspecify.annotations.Nullable;

/**
 * Words as the small integers that stand for them in the file. They are part of the layout: never renumbered. Queries and
 * the predicates of partial indexes repeat the states literally, since SQLite uses a partial index only then.
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

    private static final Wish[] WISHES = {Wish.SUCCESS, Wish.FAILURE, Wish.END};
    private static final Verdict[] VERDICTS = {Verdict.SUCCEEDED, Verdict.FAILED, Verdict.CANCELLED, Verdict.NOT_NEEDED
    };

    private Codes() {}

    static int of(Wish wish) {
        return indexOf(WISHES, wish);
    }

    static Wish wish(int code) {
        return WISHES[code];
    }

    static @Nullable Integer ofNullable(@Nullable Verdict verdict) {
        return verdict == null ? null : indexOf(VERDICTS, verdict);
    }

    static @Nullable Verdict verdict(@Nullable Long code) {
        return code == null ? null : VERDICTS[code.intValue()];
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
