package dev.millrace.internal.memory;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.internal.flow.GroupKey;
import dev.millrace.internal.flow.Place;
import dev.millrace.spi.JobRecord.Gate;
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
    private final Keyring keyring = new Keyring();
    private final Flow flow = new Flow(this);
    private final LinkedHashMap<UUID, Long> tombstones = new LinkedHashMap<>();
    private long arrivals;

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
        keyring.enter(job);
        index(job);
        flow.entered(job);
        return true;
    }

    /** Moves a job to a state other than BLOCKED. */
    void move(Job job, Transition transition, JobState to, long now) {
        move(job, transition, Place.of(to), now);
    }

    /** Moves a job to where its gates let it, with the effects that the table says. */
    void move(Job job, Transition transition, Place place, long now) {
        move(job, transition, place, transition.cancelReason(), now);
    }

    /** Cancels a job that can never run. */
    void abandon(Job job, @Nullable CancelReason reason, long now) {
        move(job, Transition.ABANDON, Place.of(JobState.CANCELLED), reason, now);
    }

    private void move(Job job, Transition transition, Place place, @Nullable CancelReason reason, long now) {
        JobState from = job.state;
        JobState to = place.state();
        if (!transition.from().contains(job.state) || !transition.to().contains(to)) {
            throw new IllegalStateException(
                    transition + " cannot take job " + job.spec.id() + " from " + job.state + " to " + to);
        }
        unindex(job);
        job.state = to;
        job.gate = place.gate();
        job.cancelReason = reason;
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
            case TAKE -> keyring.take(job);
            case FREE -> keyring.ended(job, now);
            case KEEP -> {}
        }
        if (from.finished()) {
            job.expiresAt = Micros.NEVER;
            job.finishedAt = Micros.NEVER;
            job.keepUntil = Micros.NEVER;
        }
        if (transition == Transition.RUN_AGAIN) {
            job.dueAt = now;
            job.delay = Job.NO_DELAY;
        }
        if (to.finished()) {
            job.finishedAt = now;
            job.keepUntil = flow.openHead(job) == null ? keepUntil(job, now) : Micros.NEVER;
            job.cancelRequested = false;
            if (job.trail != null) {
                job.trail.forgetSteps();
            }
        }
        index(job);
        flow.moved(job, transition, from, now);
    }

    /** Gives a job that has ended its keep-until, counted from the end of its workflow. */
    void keepFromNow(Job job, long now) {
        reorder(job, () -> job.keepUntil = keepUntil(job, now));
    }

    /** Forgets a job; its id stays known for an hour. */
    void delete(Job job, long now) {
        unindex(job);
        keyring.free(job);
        jobs.remove(job.spec.id());
        flow.deleted(job, now);
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

    /** The job that holds a key now. */
    @Nullable
    Job keyHolder(String kind, String key, long now) {
        return keyring.holder(kind, key, now);
    }

    /** The other job that holds a job's key; null when none does. */
    @Nullable
    Job otherHolder(Job job, long now) {
        String key = job.spec.keys().uniqueKey();
        Job holder = key == null ? null : keyring.holder(job.spec.kind(), key, now);
        return holder == job ? null : holder;
    }

    /** A running job holds its key no more, nor will when it is tried again. */
    void passKey(Job job) {
        keyring.free(job);
        job.spec = job.spec.withKeys(job.spec.keys().withUnique(null));
    }

    /** Gates, groups and limits. */
    Flow flow() {
        return flow;
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
        boolean holds = keyring.holds(job);
        return job.lane.holdsReady(job) == (job.state == JobState.READY)
                && scheduled.contains(job) == (job.state == JobState.SCHEDULED)
                && expiring.contains(job) == expires
                && !(job.state.finished() && holds && job.keyUntil == Micros.NEVER)
                && (!kept(job) || finishedIn(job.state).contains(job));
    }

    /** Whether it belongs into an index of those that are counted by {@link #indexEntries}. */
    boolean indexed(Job job) {
        return job.state == JobState.READY || job.state == JobState.SCHEDULED || kept(job);
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
            case SUCCEEDED, FAILED, CANCELLED -> {
                if (kept(job)) {
                    finishedIn(job.state).add(job);
                }
            }
            case BLOCKED -> {
                if (job.gate == Gate.GROUP) {
                    flow.groups().block(GroupKey.of(job.spec), job);
                }
            }
            case RUNNING -> {}
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
            case BLOCKED -> {
                if (job.gate == Gate.GROUP) {
                    flow.groups().unblock(GroupKey.of(job.spec), job);
                }
            }
            case RUNNING -> {}
        }
        if (job.expiresAt != Micros.NEVER) {
            expiring.remove(job);
        }
    }

    private NavigableSet<Job> finishedIn(JobState state) {
        return Objects.requireNonNull(finished.get(state));
    }

    private long keepUntil(Job job, long now) {
        Duration keep = job.spec.keepFor() != null ? job.spec.keepFor() : retention.of(job.state);
        long until = now + micros(keep);
        // While its window keeps the key, the job is there to be pointed at.
        return Math.max(until, keyring.windowEnd(job));
    }

    /** A duration in microseconds; one beyond 10,000 years as that. */
    static long micros(Duration time) {
        return Math.min(time.toSeconds(), FOREVER_SECONDS) * 1_000_000L + time.toNanosPart() / 1_000;
    }

    /** Whether it has ended and has a time at which it goes. */
    private static boolean kept(Job job) {
        return job.state.finished() && job.keepUntil != Micros.NEVER;
    }
}
