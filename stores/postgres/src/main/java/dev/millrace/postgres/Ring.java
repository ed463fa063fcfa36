package dev.millrace.postgres;

import dev.millrace.JobState;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A ring of segments of the history, for jobs of one end that are kept as long as the store says. One segment is open and takes
 * what ends; it is closed in time for all of it to go at once, and the next free one is opened. What is kept for a time of its
 * own, and what has failed (which has records beside its row that must be deleted with it), lies in {@link #ROWS} and goes row
 * by row.
 */
enum Ring {
    /** Closed after a fourth of the time that it is kept for. */
    SUCCEEDED(JobState.SUCCEEDED, 1, 6),
    /** Closed after half of that time. */
    CANCELLED(JobState.CANCELLED, 7, 4);

    /** The segment whose jobs go one by one. */
    static final int ROWS = 0;

    private final JobState state;
    private final int first;
    private final int size;

    Ring(JobState state, int first, int size) {
        this.state = state;
        this.first = first;
        this.size = size;
    }

    /** The ring for jobs that ended in this state; null where they go one by one. */
    static @Nullable Ring of(JobState state) {
        return switch (state) {
            case SUCCEEDED -> SUCCEEDED;
            case CANCELLED -> CANCELLED;
            default -> null;
        };
    }

    JobState state() {
        return state;
    }

    int code() {
        return Codes.of(state);
    }

    /** Into how many parts what is kept is cut: one segment more is open, and one is free for the next. */
    int parts() {
        return size - 2;
    }

    IntStream segments() {
        return IntStream.range(first, first + size);
    }

    /** The numbers of the segments, as a list in SQL. */
    String list() {
        return segments().mapToObj(Integer::toString).collect(Collectors.joining(", "));
    }

    /** An expression of SQL for the number of the open segment. */
    String open() {
        return open(Integer.toString(code()));
    }

    /** The same for a state that is an expression too: {@link #ROWS} where it has no ring. */
    static String open(String state) {
        return "coalesce((SELECT s.segment FROM @segment AS s WHERE s.state = " + state
                + " AND s.opened IS NOT NULL AND s.closed IS NULL), " + ROWS + ")";
    }
}
