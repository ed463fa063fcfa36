package dev.millrace.nats;

import dev.millrace.JobState;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Micros;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The jobs of one kind in one queue: those READY, in the order of claims, and how many there are in each state. */
final class Lane {
    private static final JobState[] STATES = JobState.values();

    final String queue;
    final String kind;
    private final NavigableSet<Job> ready = new TreeSet<>(Job.CLAIM_ORDER);
    /** READY jobs that were rescued before: they are claimed apart from the others. */
    private final NavigableSet<Job> struck = new TreeSet<>(Job.CLAIM_ORDER);

    private final long[] counts = new long[STATES.length];

    Lane(String queue, String kind) {
        this.queue = queue;
        this.kind = kind;
    }

    void addReady(Job job) {
        (job.struck() ? struck : ready).add(job);
    }

    boolean removeReady(Job job) {
        return (job.struck() ? struck : ready).remove(job);
    }

    /** The job to be claimed next; a struck one only if {@code struckAllowed} is above zero. */
    @Nullable
    Job head(int struckAllowed) {
        Job first = ready.isEmpty() ? null : ready.first();
        if (struckAllowed > 0 && !struck.isEmpty()) {
            Job other = struck.first();
            if (first == null || Job.CLAIM_ORDER.compare(other, first) < 0) {
                return other;
            }
        }
        return first;
    }

    /** Whether there is no job in any state. */
    boolean isEmpty() {
        for (long count : counts) {
            if (count != 0) {
                return false;
            }
        }
        return true;
    }

    boolean hasReady() {
        return !ready.isEmpty() || !struck.isEmpty();
    }

    @SuppressWarnings("EnumOrdinal") // counted twice for each move of each job: an array is cheapest
    void count(JobState state, int change) {
        counts[state.ordinal()] += change;
    }

    @SuppressWarnings("EnumOrdinal") // as above
    long count(JobState state) {
        return counts[state.ordinal()];
    }

    List<JobCount> counts() {
        return Stream.of(STATES)
                .filter(state -> count(state) != 0)
                .map(state -> new JobCount(
                        queue, kind, state, count(state), state == JobState.READY ? Micros.orNull(oldest()) : null))
                .toList();
    }

    /** Whether the index holds exactly the READY jobs that it should. */
    boolean holdsReady(Job job) {
        return (job.struck() ? struck : ready).contains(job);
    }

    int readySize() {
        return ready.size() + struck.size();
    }

    /** When the READY job that waits longest became due. Looks at the head of each priority only. */
    private long oldest() {
        return Math.min(oldest(ready), oldest(struck));
    }

    private static long oldest(NavigableSet<Job> jobs) {
        long oldest = Micros.NEVER;
        Job head = jobs.isEmpty() ? null : jobs.first();
        while (head != null) {
            oldest = Math.min(oldest, head.dueAt);
            head = jobs.higher(Job.lastOf(head));
        }
        return oldest;
    }
}
