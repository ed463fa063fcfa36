package dev.millrace.nats;

import dev.millrace.JobState;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Jobs that have ended, by when they go. Those that have no such time are not here. Touched on the leader's thread only. */
final class Finished {
    /** Longer than any keep-for that is meant seriously: 10,000 years. */
    private static final long FOREVER_SECONDS = 10_000L * 366 * 86_400;

    private final Map<JobState, NavigableSet<Job>> byState = new EnumMap<>(JobState.class);
    private Retention retention;

    Finished(Retention retention) {
        this.retention = retention;
        for (JobState state : JobState.values()) {
            if (state.finished()) {
                byState.put(state, new TreeSet<>(Job.BY_KEEP_UNTIL));
            }
        }
    }

    /** How long what ends from now on is kept, and how much of it, unless it says otherwise. */
    void keepFor(Retention asked) {
        retention = asked;
    }

    /** Whether a job has ended and has a time at which it goes. */
    static boolean goes(Job job) {
        return job.state.finished() && job.keepUntil != Micros.NEVER;
    }

    /** Until when a job that ends, or whose workflow ends, is kept. */
    long keepUntil(Job job, long now) {
        Duration keep = job.spec.keepFor() != null ? job.spec.keepFor() : retention.of(job.state);
        long until = now + Math.min(keep.toSeconds(), FOREVER_SECONDS) * 1_000_000L + keep.toNanosPart() / 1_000;
        // While its window keeps the key, the job is there to be pointed at.
        return Math.max(until, UniqueKeys.windowEnd(job));
    }

    void add(Job job) {
        of(job).add(job);
    }

    void remove(Job job) {
        of(job).remove(job);
    }

    boolean contains(Job job) {
        return of(job).contains(job);
    }

    long size() {
        return byState.values().stream().mapToLong(NavigableSet::size).sum();
    }

    /** The job that has been kept long enough, or is beyond the most that are kept; null when there is none. */
    @Nullable
    Job firstToGo(long now) {
        for (Map.Entry<JobState, NavigableSet<Job>> entry : byState.entrySet()) {
            NavigableSet<Job> kept = entry.getValue();
            boolean tooMany = entry.getKey() != JobState.FAILED && kept.size() > retention.most();
            if (!kept.isEmpty() && (tooMany || kept.first().keepUntil <= now)) {
                return kept.first();
            }
        }
        return null;
    }

    private NavigableSet<Job> of(Job job) {
        return Objects.requireNonNull(byState.get(job.state));
    }
}
