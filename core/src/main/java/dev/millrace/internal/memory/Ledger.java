package dev.millrace.internal.memory;

import dev.millrace.JobState;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Transition;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All jobs and their indexes. {@link #move} executes {@link Transition}'s table and is the only way in which a job's state
 * changes, so an index can never be forgotten.
 *
 * <p>Not thread-safe: the store's lock guards it.
 */
final class Ledger {
    /** How long a deleted job's id stays known. */
    private static final long TOMBSTONE_MICROS = 3_600_000_000L;

    /** Longer than any keep-for that is meant seriously: 10,000 years. */
    private static final long FOREVER_SECONDS = 10_000L * 366 * 86_400;

    private final Retention retention;
    private final Map<UUID, Job> jobs = new HashMap<>();
    private final Map<String, Map<String, Lane>> lanes = new TreeMap<>();
    private final NavigableSet<Job> scheduled = new TreeSet<>(Job.BY_DUE);
    /** Unfinished jobs that no one runs and that have an expiry. */
    private final NavigableSet<Job> expiring = new TreeSet<>(Job.BY_EXPIRY);

    private final Map<JobState, NavigableSet<Job>> finished = new EnumMap<>(JobState.class);
    private final Map<UniqueKey, Job> uniqueKeys = new HashMap<>();
    private final LinkedHashMap<UUID, Long> tombstones = new LinkedHashMap<>();
    private long arrivals;

    private record UniqueKey(String kind, String key) {}

    Ledger(Retention retention) {
        this.retention = retention;
        for (JobState state : JobState.values()) {
            if (state.finished()) {
                finished.put(state, new TreeSet<>(Job.BY_KEEP_UNTIL));
            }
        }
    }

    /** A new job that is in no index yet; {@link #enter} puts it there. */
    Job create(JobSpec spec) {
        return new Job(spec, lane(spec), ++arrivals);
    }

    /** The same, for one that comes from elsewhere: it brings its own copies of names that all jobs of a lane can share. */
    Job adopt(JobSpec spec) {
        Lane lane = lane(spec);
        JobSpec sharing = new JobSpec(
                spec.id(),
                lane.kind,
                lane.queue,
                spec.priority(),
                spec.payload(),
                spec.options(),
                spec.labels().isEmpty() ? Labels.NONE : spec.labels(),
                spec.keys(),
                spec.keepFor());
        return new Job(sharing, lane, ++arrivals);
    }

    private Lane lane(JobSpec spec) {
        return lanes.computeIfAbsent(spec.queue(), queue -> new TreeMap<>())
                .computeIfAbsent(spec.kind(), kind -> new Lane(spec.queue(), kind));
    }

    /**
     * Takes in a job that has its state and times.
     *
     * @return false, and nothing is changed, when there is a job of its id
     */
    boolean enter(Job job) {
        if (jobs.putIfAbsent(job.spec.id(), job) != null) {
            return false;
        }
        if (!job.state.finished()) {
            takeKey(job);
        }
        index(job);
        return true;
    }

    /** Moves a job from an allowed state to an allowed state, with the effects that the table says. */
    void move(Job job, Transition transition, JobState to, long now) {
        if (!transition.from().contains(job.state) || !transition.to().contains(to)) {
            throw new IllegalStateException(
                    transition + " cannot take job " + job.spec.id() + " from " + job.state + " to " + to);
        }
        unindex(job);
        job.state = to;
        job.cancelReason = transition.cancelReason();
        switch (transition.attempts()) {
            case ZERO -> job.attempt = 0;
            case COUNT -> job.attempt++;
            case REFUND -> job.attempt--;
            case KEEP -> {}
        }
        if (transition.token() == Transition.Token.NEXT) {
            job.token++;
            job.lastEnd = null;
        }
        switch (transition.key()) {
            case TAKE -> takeKey(job);
            case FREE -> freeKey(job);
            case KEEP -> {}
        }
        if (transition == Transition.RUN_AGAIN) {
            job.expiresAt = Micros.NEVER;
            job.dueAt = now;
            job.finishedAt = Micros.NEVER;
            job.keepUntil = Micros.NEVER;
        }
        if (to.finished()) {
            job.finishedAt = now;
            job.keepUntil = keepUntil(job, now);
            job.cancelRequested = false;
            if (job.trail != null) {
                job.trail.forgetSteps();
            }
        }
        index(job);
    }

    /** Forgets a job; its id stays known for an hour. */
    void delete(Job job, long now) {
        unindex(job);
        freeKey(job);
        jobs.remove(job.spec.id());
        tombstones.put(job.spec.id(), now + TOMBSTONE_MICROS);
    }

    @Nullable
    Job find(UUID id) {
        return jobs.get(id);
    }

    /** Whether a job of this id was deleted less than an hour ago. */
    boolean wasDeleted(UUID id, long now) {
        Long until = tombstones.isEmpty() ? null : tombstones.get(id);
        return until != null && until > now;
    }

    /** The unfinished job that holds a key. */
    @Nullable
    Job keyHolder(String kind, String key) {
        return uniqueKeys.get(new UniqueKey(kind, key));
    }

    Collection<Job> all() {
        return Collections.unmodifiableCollection(jobs.values());
    }

    Map<String, Map<String, Lane>> lanes() {
        return Collections.unmodifiableMap(lanes);
    }

    /** The SCHEDULED job that is due first. */
    @Nullable
    Job nextScheduled() {
        return scheduled.isEmpty() ? null : scheduled.first();
    }

    /** The unclaimed job that expires first. */
    @Nullable
    Job nextExpiring() {
        return expiring.isEmpty() ? null : expiring.first();
    }

    /** The finished job that has been kept long enough, or is beyond the most that are kept; null when there is none. */
    @Nullable
    Job nextToPurge(long now) {
        for (Map.Entry<JobState, NavigableSet<Job>> entry : finished.entrySet()) {
            NavigableSet<Job> kept = entry.getValue();
            boolean tooMany = entry.getKey() != JobState.FAILED && kept.size() > retention.most();
            if (!kept.isEmpty() && (tooMany || kept.first().keepUntil <= now)) {
                return kept.first();
            }
        }
        return null;
    }

    void dropTombstones(long now) {
        while (!tombstones.isEmpty()) {
            Map.Entry<UUID, Long> oldest = tombstones.entrySet().iterator().next();
            if (oldest.getValue() > now) {
                return;
            }
            tombstones.remove(oldest.getKey());
        }
    }

    /** Changes what a claim sorts by; the job must be SCHEDULED or READY. */
    void reorder(Job job, Runnable change) {
        unindex(job);
        change.run();
        index(job);
    }

    /** Whether exactly the indexes that should hold the job do. */
    boolean wellIndexed(Job job) {
        boolean waits = !job.state.finished() && job.state != JobState.RUNNING;
        boolean expires = waits && job.expiresAt != Micros.NEVER;
        String key = job.spec.keys().uniqueKey();
        boolean holds = key != null && keyHolder(job.spec.kind(), key) == job;
        return job.lane.holdsReady(job) == (job.state == JobState.READY)
                && scheduled.contains(job) == (job.state == JobState.SCHEDULED)
                && expiring.contains(job) == expires
                && !(job.state.finished() && holds)
                && (!job.state.finished() || finishedIn(job.state).contains(job));
    }

    /** How many entries the indexes of waiting and finished jobs hold. */
    long indexEntries() {
        long entries = scheduled.size();
        for (NavigableSet<Job> kept : finished.values()) {
            entries += kept.size();
        }
        for (Map<String, Lane> ofQueue : lanes.values()) {
            for (Lane lane : ofQueue.values()) {
                entries += lane.readySize();
            }
        }
        return entries;
    }

    private void index(Job job) {
        job.lane.count(job.state, 1);
        switch (job.state) {
            case READY -> job.lane.addReady(job);
            case SCHEDULED -> scheduled.add(job);
            case SUCCEEDED, FAILED, CANCELLED -> finishedIn(job.state).add(job);
            case BLOCKED, RUNNING -> {}
        }
        if (job.expiresAt != Micros.NEVER && !job.state.finished() && job.state != JobState.RUNNING) {
            expiring.add(job);
        }
    }

    private void unindex(Job job) {
        job.lane.count(job.state, -1);
        switch (job.state) {
            case READY -> job.lane.removeReady(job);
            case SCHEDULED -> scheduled.remove(job);
            case SUCCEEDED, FAILED, CANCELLED -> finishedIn(job.state).remove(job);
            case BLOCKED, RUNNING -> {}
        }
        if (job.expiresAt != Micros.NEVER) {
            expiring.remove(job);
        }
    }

    private NavigableSet<Job> finishedIn(JobState state) {
        return Objects.requireNonNull(finished.get(state));
    }

    private void takeKey(Job job) {
        String key = job.spec.keys().uniqueKey();
        if (key != null) {
            uniqueKeys.putIfAbsent(new UniqueKey(job.spec.kind(), key), job);
        }
    }

    private void freeKey(Job job) {
        String key = job.spec.keys().uniqueKey();
        if (key != null) {
            uniqueKeys.remove(new UniqueKey(job.spec.kind(), key), job);
        }
    }

    private long keepUntil(Job job, long now) {
        Duration keep = job.spec.keepFor() != null ? job.spec.keepFor() : retention.of(job.state);
        return now + Math.min(keep.toSeconds(), FOREVER_SECONDS) * 1_000_000L + keep.toNanosPart() / 1_000;
    }
}
