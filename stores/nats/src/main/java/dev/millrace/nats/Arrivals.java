package dev.millrace.nats;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All jobs in the order in which they arrived, so that whoever goes over all of them can go on where it was, a slice at a time.
 * Touched on the leader's thread only.
 */
final class Arrivals {
    /** Arrivals in a row share a piece: a few bytes for each job, where a tree of jobs would take dozens. */
    private static final int PIECE = 64;

    private final NavigableMap<Long, Piece> pieces = new TreeMap<>();

    private static final class Piece {
        final @Nullable Job[] jobs = new Job[PIECE];
        int count;
    }

    void add(Job job) {
        Piece piece = pieces.computeIfAbsent(job.arrival / PIECE, any -> new Piece());
        piece.jobs[place(job)] = job;
        piece.count++;
    }

    void remove(Job job) {
        pieces.computeIfPresent(job.arrival / PIECE, (number, piece) -> {
            piece.jobs[place(job)] = null;
            piece.count--;
            return piece.count == 0 ? null : piece;
        });
    }

    /** The first jobs that arrived after that one, at most so many. */
    List<Job> after(long arrival, int most) {
        List<Job> found = new ArrayList<>();
        for (Piece piece : pieces.tailMap(arrival / PIECE, true).values()) {
            for (Job job : piece.jobs) {
                if (job != null && job.arrival > arrival) {
                    if (found.size() == most) {
                        return found;
                    }
                    found.add(job);
                }
            }
        }
        return found;
    }

    private static int place(Job job) {
        return (int) (job.arrival % PIECE);
    }
}
