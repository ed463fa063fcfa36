package dev.millrace.postgres;

import dev.millrace.JobState;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The segments of the history. {@link #SIZE} of them are a ring for jobs that succeeded and are kept as long as the store says:
 * one is open and takes what ends; it is closed in time for all of it to go at once, and the next free one is opened. All others
 * lie in {@link #ROWS} and go row by row: what is kept for a time of its own; what failed, which has records beside its row that
 * must be deleted with it; and what was cancelled, which is little, while every look for an id goes into every segment.
 */
final class Ring {
    /** The segment whose jobs go one by one. */
    static final int ROWS = 0;
    /** The ring's first segment. */
    static final int FIRST = 1;
    /** How many segments are the ring. */
    static final int SIZE = 5;
    /** Into how many parts what is kept is cut: one segment more is open, and one is free to be the next. */
    static final int PARTS = SIZE - 2;
    /** How the jobs of the ring ended. */
    static final JobState STATE = JobState.SUCCEEDED;
    /** An expression of SQL for the number of the open segment, or {@link #ROWS} where none is. */
    static final String OPEN = open("true");

    private Ring() {}

    /** The same, or {@link #ROWS} where the condition does not hold. */
    static String open(String condition) {
        return "coalesce((SELECT s.segment FROM @segment AS s WHERE s.opened IS NOT NULL AND s.closed IS NULL AND "
                + condition + "), " + ROWS + ")";
    }

    static IntStream segments() {
        return IntStream.range(FIRST, FIRST + SIZE);
    }

    /** The numbers of its segments, as a list in SQL. */
    static String list() {
        return segments().mapToObj(Integer::toString).collect(Collectors.joining(", "));
    }
}
