package dev.millrace.nats;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.internal.flow.GroupKey;
import dev.millrace.internal.flow.Place;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Transition;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
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

    private final Changes changes;
    private final NavigableMap<UUID, Job> jobs = new TreeMap<>(ID_ORDER);
    private final Map<UUID, Session> sessions = new LinkedHashMap<>();
    private final Lanes lanes = new Lanes();
    private final NavigableSet<Job> scheduled = new TreeSet<>(Job.BY_DUE);
    /** Unfinished jobs that no one runs and that have an expiry. */
    private final NavigableSet<Job> expiring = new TreeSet<>(Job.BY_EXPIRY);

    private final Finished finished;
    private final UniqueKeys keys;
    private final Flow flow;
    private final Arrivals arrivals = new Arrivals();
    private final Tombstones tombstones;
    private long lastArrival;

    Ledger(Retention retention, Changes changes) {
        this.changes = changes;
        finished = new Finished(retention);
        tombstones = new Tombstones(changes);
        keys = new UniqueKeys(changes);
        flow = new Flow(this, changes);
    }

    /** How long what ends from now on is kept, and how much of it, unless it says otherwise. */
    void keepFor(Retention asked) {
        finished.keepFor(asked);
    }

    /** A new job that is in no index yet; {@link #enter} puts it there. */
    Job create(JobSpec spec, Ref body) {
        return new Job(spec, lanes.of(spec.queue(), spec.kind()), ++lastArrival, body);
    }

    /** Takes in a job that has its state and times, and whose id is not known. */
    void enter(Job job, long now) {
        jobs.put(job.id(), job);
        keys.enter(job, now);
        arrivals.add(job);
        index(job);
        tombstones.remove(job.id());
        changes.touch(job);
        flow.entered(job);
    }

    /** Takes in what a replay found; {@link #loaded} ends it. */
    void load(Job job) {
        jobs.put(job.id(), job);
        tombstones.unload(job.id());
        lastArrival = Math.max(lastArrival, job.arrival);
    }

    void load(Tombstone stone) {
        jobs.remove(stone.id);
        flow.ties().unload(stone.id);
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
            keys.load(job);
            arrivals.add(job);
            index(job);
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
        flow.loaded();
    }

    /** Who holds which unique key. */
    UniqueKeys keys() {
        return keys;
    }

    /** Gates, groups and limits. */
    Flow flow() {
        return flow;
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
        if (!transition.from().contains(from) || !transition.to().contains(to)) {
            throw new IllegalStateException(
                    transition + " cannot take job " + job.id() + " from " + from + " to " + to);
        }
        changes.touch(job);
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
        if (from.finished()) {
            job.expiresAt = Micros.NEVER;
            job.finishedAt = Micros.NEVER;
            job.keepUntil = Micros.NEVER;
        }
        if (transition == Transition.RUN_AGAIN) {
            job.dueAt = now;
            job.delay = Micros.NEVER;
        }
        if (to.finished()) {
            job.finishedAt = now;
            job.cancelRequested = false;
            forgetSteps(job);
        }
        switch (transition.key()) {
            case TAKE -> keys.take(job);
            case FREE -> keys.end(job);
            case KEEP -> {}
        }
        if (to.finished()) {
            job.keepUntil = flow.isHeld(job) ? Micros.NEVER : finished.keepUntil(job, now);
        }
        index(job);
        flow.moved(job, transition, from);
    }

    /** Its steps belong to what is over. */
    void forgetSteps(Job job) {
        if (job.stepped) {
            trace(job, new Trace.StepsForgotten());
            job.stepped = false;
        }
    }

    /** Gives a job that has ended the time until which it is kept, counted from now. */
    void keepFrom(Job job, long now) {
        reorder(job, () -> job.keepUntil = finished.keepUntil(job, now));
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
        keys.drop(job);
        jobs.remove(job.id());
        flow.deleted(job);
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
        return finished.firstToGo(now);
    }

    /** Changes what an index sorts by, or what says in which one the job is. */
    void reorder(Job job, Runnable change) {
        unindex(job);
        change.run();
        index(job);
        changes.touch(job);
    }

    /** Whether exactly the indexes that should hold the job do. */
    boolean isWellIndexed(Job job) {
        boolean waits = !job.state.finished() && job.state != JobState.RUNNING;
        boolean expires = waits && job.expiresAt != Micros.NEVER;
        boolean held = job.state.finished() && !Finished.goes(job);
        return job.lane.holdsReady(job) == (job.state == JobState.READY)
                && scheduled.contains(job) == (job.state == JobState.SCHEDULED)
                && expiring.contains(job) == expires
                && keys.agrees(job)
                && flow.members().contains(job) == held
                && (!Finished.goes(job) || finished.contains(job));
    }

    /** Whether it is among those that {@link #indexed} counts. */
    static boolean isIndexed(Job job) {
        return job.state == JobState.READY || job.state == JobState.SCHEDULED || Finished.goes(job);
    }

    /** How many entries the indexes of READY, SCHEDULED and finished jobs hold. */
    long indexed() {
        long entries = scheduled.size() + finished.size();
        for (Map<String, Lane> ofQueue : lanes.all().values()) {
            for (Lane lane : ofQueue.values()) {
                entries += lane.readySize();
            }
        }
        return entries;
    }

    private void index(Job job) {
        job.lane.count(job.state, 1);
        switch (job.state) {
            case READY -> lanes.addReady(job);
            case SCHEDULED -> scheduled.add(job);
            case SUCCEEDED, FAILED, CANCELLED -> {
                if (Finished.goes(job)) {
                    finished.add(job);
                } else {
                    flow.members().add(job);
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
            case READY -> lanes.removeReady(job);
            case SCHEDULED -> scheduled.remove(job);
            case SUCCEEDED, FAILED, CANCELLED -> {
                if (Finished.goes(job)) {
                    finished.remove(job);
                } else {
                    flow.members().remove(job);
                }
            }
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
}
