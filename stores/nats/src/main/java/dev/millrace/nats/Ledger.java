package dev.millrace.nats;

import dev.millrace.JobState;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Transition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All jobs and their indexes. {@link #move} executes {@link Transition}'s table and is the only way in which a job's state
 * changes, so neither an index nor an entry in the journal can be forgotten. Touched on the leader's thread only.
 */
final class Ledger {
    /** UUIDs as bytes compare, which for UUIDv7 is by time. */
    static final Comparator<UUID> ID_ORDER = (a, b) -> {
        int order = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return order != 0 ? order : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    };

    /** So many traces are made one. */
    private static final int MANY_TRACES = 40;

    /** Longer than any keep-for that is meant seriously: 10,000 years. */
    private static final long FOREVER_SECONDS = 10_000L * 366 * 86_400;

    private Retention retention;
    private final Changes changes;
    private final NavigableMap<UUID, Job> jobs = new TreeMap<>(ID_ORDER);
    private final Map<UUID, Session> sessions = new LinkedHashMap<>();
    private final Lanes lanes = new Lanes();
    private final NavigableSet<Job> scheduled = new TreeSet<>(Job.BY_DUE);
    /** Unfinished jobs that no one runs and that have an expiry. */
    private final NavigableSet<Job> expiring = new TreeSet<>(Job.BY_EXPIRY);

    private final Map<JobState, NavigableSet<Job>> finished = new EnumMap<>(JobState.class);
    private final Map<UniqueKey, Job> uniqueKeys = new HashMap<>();
    private final Arrivals arrivals = new Arrivals();
    private final Tombstones tombstones;
    private long lastArrival;

    private record UniqueKey(String kind, String key) {}

    Ledger(Retention retention, Changes changes) {
        this.retention = retention;
        this.changes = changes;
        tombstones = new Tombstones(changes);
        for (JobState state : JobState.values()) {
            if (state.finished()) {
                finished.put(state, new TreeSet<>(Job.BY_KEEP_UNTIL));
            }
        }
    }

    /** How long what ends from now on is kept, and how much of it, unless it says otherwise. */
    void keepFor(Retention asked) {
        retention = asked;
    }

    /** A new job that is in no index yet; {@link #enter} puts it there. */
    Job create(JobSpec spec, Ref body) {
        return new Job(spec, lanes.of(spec.queue(), spec.kind()), ++lastArrival, body);
    }

    /** Takes in a job that has its state and times, and whose id is not known. */
    void enter(Job job) {
        jobs.put(job.id(), job);
        arrive(job);
        tombstones.remove(job.id());
        changes.touch(job);
    }

    /** Puts a job that is in the map into all indexes. */
    private void arrive(Job job) {
        if (!job.state.finished()) {
            takeKey(job);
        }
        arrivals.add(job);
        index(job);
    }

    /** Takes in what a replay found; {@link #loaded} ends it. */
    void load(Job job) {
        jobs.put(job.id(), job);
        tombstones.unload(job.id());
        lastArrival = Math.max(lastArrival, job.arrival);
    }

    void load(Tombstone stone) {
        jobs.remove(stone.id);
        tombstones.load(stone);
    }

    void load(Session session) {
        sessions.remove(session.id);
        if (!session.gone) {
            sessions.put(session.id, session);
        }
    }

    /** Everything has been read: builds the indexes. */
    void loaded() {
        for (Job job : jobs.values()) {
            arrive(job);
            if (job.session != null) {
                Session holder = sessionOrClosed(job.session.id);
                job.session = holder;
                holder.claims.add(job);
            }
            changes.addLive(job.entrySize + job.body.length());
            changes.addLive(job.result == null ? 0 : job.result.length());
            job.trail.forEach(trace -> changes.addLive(trace.length()));
        }
        lanes.dropEmpty();
    }

    Map<UUID, Session> sessions() {
        return sessions;
    }

    /** The session; one that is not known is closed. */
    Session sessionOrClosed(UUID id) {
        return sessions.computeIfAbsent(id, any -> {
            Session unknown = new Session(id, "", "", 0);
            unknown.closedAt = 0;
            return unknown;
        });
    }

    /** Moves a job from an allowed state to an allowed state, with the effects that the table says. */
    void move(Job job, Transition transition, JobState to, long now) {
        if (!transition.from().contains(job.state) || !transition.to().contains(to)) {
            throw new IllegalStateException(
                    transition + " cannot take job " + job.id() + " from " + job.state + " to " + to);
        }
        changes.touch(job);
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
            if (job.stepped) {
                trace(job, new Trace.StepsForgotten());
                job.stepped = false;
            }
        }
        index(job);
    }

    /** Adds to what the job's runs left. */
    void trace(Job job, Trace trace) {
        job.addTrace(changes.put(Wire.toBytes(Trace.class, trace)));
        if (job.trail.size() % MANY_TRACES == 0) {
            changes.untidy(job);
        }
        changes.touch(job);
    }

    /** Forgets a job; its id stays known for an hour. */
    void delete(Job job, long now) {
        unindex(job);
        freeKey(job);
        jobs.remove(job.id());
        arrivals.remove(job);
        lanes.dropIfEmpty(job.lane);
        changes.forget(job.trail);
        changes.forget(job.result == null ? List.of(job.body) : List.of(job.body, job.result));
        tombstones.add(job, now);
    }

    @Nullable
    Job find(UUID id) {
        return jobs.get(id);
    }

    /** Whether a job of this id was deleted less than an hour ago. */
    boolean wasDeleted(UUID id, long now) {
        return tombstones.isKnown(id, now);
    }

    @Nullable
    Job keyHolder(String kind, String key) {
        return uniqueKeys.get(new UniqueKey(kind, key));
    }

    Collection<Job> all() {
        return jobs.values();
    }

    /** All jobs in the order in which they arrived. */
    Arrivals arrivals() {
        return arrivals;
    }

    /** The arrival of the job that came last. */
    long lastArrival() {
        return lastArrival;
    }

    Tombstones tombstones() {
        return tombstones;
    }

    /** Jobs with ids below that one, largest first; null for all. */
    Collection<Job> below(@Nullable UUID id) {
        return (id == null ? jobs : jobs.headMap(id, false)).descendingMap().values();
    }

    Lanes lanes() {
        return lanes;
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

    /** Changes what a claim sorts by; the job must be SCHEDULED or READY. */
    void reorder(Job job, Runnable change) {
        unindex(job);
        change.run();
        index(job);
        changes.touch(job);
    }

    /** What the indexes get wrong. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        Map<Lane, Map<JobState, Long>> recount = new HashMap<>();
        long indexed = 0;
        for (Job job : jobs.values()) {
            recount.computeIfAbsent(job.lane, lane -> new HashMap<>()).merge(job.state, 1L, Long::sum);
            indexed += job.state == JobState.RUNNING || job.state == JobState.BLOCKED ? 0 : 1;
            if (!wellIndexed(job)) {
                problems.add("job " + job.id() + " is " + job.state + ", and the indexes do not agree");
            }
            Session holder = job.session;
            boolean held = holder != null && holder.claims.contains(job) && sessions.get(holder.id) == holder;
            if ((job.state == JobState.RUNNING) != held) {
                problems.add("job " + job.id() + " is " + job.state + ", and its session does not agree");
            }
        }
        long entries = scheduled.size();
        for (NavigableSet<Job> kept : finished.values()) {
            entries += kept.size();
        }
        for (Map<String, Lane> ofQueue : lanes.all().values()) {
            for (Lane lane : ofQueue.values()) {
                entries += lane.readySize();
                if (lane.hasReady() != lanes.isReady(lane)) {
                    problems.add("the lane of " + lane.kind + " in " + lane.queue + " is not where claims look");
                }
                checkCounts(lane, recount.getOrDefault(lane, Map.of()), problems);
            }
        }
        if (indexed != entries) {
            problems.add("the indexes hold " + entries + " entries for " + indexed + " jobs");
        }
        return problems;
    }

    private static void checkCounts(Lane lane, Map<JobState, Long> counted, List<String> problems) {
        for (JobState state : JobState.values()) {
            if (counted.getOrDefault(state, 0L) != lane.count(state)) {
                problems.add("queue " + lane.queue + " has " + counted.getOrDefault(state, 0L) + " " + state
                        + " jobs of kind " + lane.kind + ", and the statistics say " + lane.count(state));
            }
        }
    }

    private boolean wellIndexed(Job job) {
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

    private void index(Job job) {
        job.lane.count(job.state, 1);
        switch (job.state) {
            case READY -> lanes.addReady(job);
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
            case READY -> lanes.removeReady(job);
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
