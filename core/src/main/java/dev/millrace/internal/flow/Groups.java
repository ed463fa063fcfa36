package dev.millrace.internal.flow;

import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The groups in use: how many hold a slot, who is blocked, and what is left in the buckets. A group that may have a place is
 * remembered until {@link #admit} has looked at it, so no change searches through others.
 *
 * <p>Not thread-safe. Times are microseconds since 1970.
 *
 * @param <J> a job
 */
public final class Groups<J> {
    private final Comparator<J> order;
    private final Map<GroupKey, State<J>> groups = new HashMap<>();
    private final Set<GroupKey> toLookAt = new LinkedHashSet<>();
    /** Groups with blocked jobs that wait for a token, by the time it comes. */
    private final Agenda waiting = new Agenda();
    /** Groups without jobs that are remembered for their buckets, by when these are full. */
    private final Agenda idle = new Agenda();

    private static final class State<J> {
        int held;
        final NavigableSet<J> blocked;
        /** The bucket ({@link Rate}). */
        long fullAt;
        /** When the group is among those that wait for a token; 0 when not. */
        long looksAt;
        /** When the bucket is full, while the group is among those without jobs; 0 when not. */
        long idleUntil;

        State(Comparator<J> order) {
            blocked = new TreeSet<>(order);
        }

        boolean hasJobs() {
            return held > 0 || !blocked.isEmpty();
        }
    }

    /** @param order that in which blocked jobs are admitted: priority, due time, arrival */
    public Groups(Comparator<J> order) {
        this.order = order;
    }

    /** A job waits for a place. */
    public void block(GroupKey key, J job) {
        State<J> state = state(key);
        state.blocked.add(job);
        putDown(key, state);
        toLookAt.add(key);
    }

    /** It does not any more. To be called before anything that {@code order} looks at changes. */
    public void unblock(GroupKey key, J job) {
        State<J> state = state(key);
        state.blocked.remove(job);
        tidy(key, state);
    }

    /** A job takes a slot. */
    public void hold(GroupKey key) {
        State<J> state = state(key);
        state.held++;
        putDown(key, state);
    }

    /** A job gives its slot back. */
    public void free(GroupKey key) {
        State<J> state = state(key);
        state.held--;
        if (!state.blocked.isEmpty()) {
            toLookAt.add(key);
        }
        tidy(key, state);
    }

    /** The limits of a queue have changed: all its groups are looked at anew. */
    public void limitsChanged(String queue, QueueLimits limits, long now) {
        groups.forEach((key, state) -> {
            if (key.queue().equals(queue)) {
                Rate rate = limits.rate(key.group());
                state.fullAt = rate == null ? state.fullAt : rate.clamp(state.fullAt, now);
                putDown(key, state);
                toLookAt.add(key);
            }
        });
    }

    /** Whether {@link #admit} has nothing to do, now or later. */
    public boolean quiet() {
        return toLookAt.isEmpty() && waiting.isEmpty();
    }

    /** Whether {@link #admit} has something to do. */
    public boolean pending(long now) {
        return !toLookAt.isEmpty() || waiting.isDue(now);
    }

    /**
     * Gives free places to blocked jobs, at most so many.
     *
     * @param admitted moves the job into READY, by which it takes its slot ({@link #unblock}, {@link #hold}); its token is taken
     * @return how many were admitted
     */
    public int admit(Function<String, QueueLimits> limits, long now, int most, Consumer<J> admitted) {
        wake(now);
        int count = 0;
        while (!toLookAt.isEmpty() && count < most) {
            GroupKey key = toLookAt.iterator().next();
            State<J> state = groups.get(key);
            QueueLimits of = limits.apply(key.queue());
            J job = state == null ? null : next(key, state, of, now);
            if (job == null) {
                toLookAt.remove(key);
                continue;
            }
            Rate rate = of.rate(key.group());
            if (rate != null && state != null) {
                state.fullAt = rate.take(state.fullAt, now, 1);
            }
            admitted.accept(job);
            count++;
        }
        return count;
    }

    /** Whether a group has a place, and a token, that nobody waits for. */
    public boolean open(GroupKey key, QueueLimits limits, long now) {
        State<J> state = groups.get(key);
        Rate rate = limits.rate(key.group());
        if (state == null) {
            return true;
        }
        return state.blocked.isEmpty()
                && state.held < limits.slots(key.group())
                && (rate == null || rate.tokens(state.fullAt, now) > 0);
    }

    /** Takes a token of a group for a job that passes by itself. */
    public void take(GroupKey key, QueueLimits limits, long now) {
        Rate rate = limits.rate(key.group());
        if (rate != null) {
            State<J> state = state(key);
            state.fullAt = rate.take(state.fullAt, now, 1);
            putDown(key, state);
        }
    }

    /** When a token comes that a blocked job waits for; null when none does. */
    public @Nullable Long nextToken() {
        return waiting.next();
    }

    /** How many jobs hold a slot of a group. */
    public int held(GroupKey key) {
        State<J> state = groups.get(key);
        return state == null ? 0 : state.held;
    }

    /** Whether a job waits for a place in a group. */
    public boolean blocked(GroupKey key, J job) {
        State<J> state = groups.get(key);
        return state != null && state.blocked.contains(job);
    }

    /** How many jobs hold slots in all. */
    public long held() {
        return groups.values().stream().mapToLong(state -> state.held).sum();
    }

    /** How many jobs wait for places in all. */
    public long blocked() {
        return groups.values().stream().mapToLong(state -> state.blocked.size()).sum();
    }

    /** A group's bucket, for those who keep it elsewhere as well. */
    public long bucket(GroupKey key) {
        State<J> state = groups.get(key);
        return state == null ? 0 : state.fullAt;
    }

    /** Sets a bucket to what was kept. */
    public void bucket(GroupKey key, long fullAt) {
        State<J> state = state(key);
        state.fullAt = fullAt;
        tidy(key, state);
    }

    /**
     * Drops what says nothing: groups without jobs whose buckets are full, at most so many. Looks at no others.
     *
     * @return how many were dropped
     */
    public int dropIdle(long now, int most) {
        int dropped = 0;
        while (dropped < most && idle.isDue(now)) {
            GroupKey key = idle.first();
            State<J> state = state(key);
            idle.remove(key, state.idleUntil);
            groups.remove(key);
            dropped++;
        }
        return dropped;
    }

    /** Writes down until when a group is remembered, if it has no jobs. */
    private void putDown(GroupKey key, State<J> state) {
        long until = state.hasJobs() ? 0 : state.fullAt;
        if (until == state.idleUntil) {
            return;
        }
        if (state.idleUntil != 0) {
            idle.remove(key, state.idleUntil);
        }
        if (until != 0) {
            idle.add(key, until);
        }
        state.idleUntil = until;
    }

    private @Nullable J next(GroupKey key, State<J> state, QueueLimits limits, long now) {
        if (state.blocked.isEmpty() || state.held >= limits.slots(key.group())) {
            return null;
        }
        Rate rate = limits.rate(key.group());
        if (rate != null && rate.tokens(state.fullAt, now) == 0) {
            sleep(key, state, rate.nextAt(state.fullAt, now));
            return null;
        }
        awake(key, state);
        return state.blocked.first();
    }

    private void sleep(GroupKey key, State<J> state, long until) {
        if (state.looksAt == until) {
            return;
        }
        awake(key, state);
        state.looksAt = until;
        waiting.add(key, until);
    }

    private void awake(GroupKey key, State<J> state) {
        if (state.looksAt != 0) {
            waiting.remove(key, state.looksAt);
            state.looksAt = 0;
        }
    }

    private void wake(long now) {
        while (waiting.isDue(now)) {
            GroupKey key = waiting.first();
            awake(key, state(key));
            toLookAt.add(key);
        }
    }

    private State<J> state(GroupKey key) {
        return groups.computeIfAbsent(key, any -> new State<>(order));
    }

    private void tidy(GroupKey key, State<J> state) {
        if (state.blocked.isEmpty()) {
            awake(key, state);
            if (state.held == 0 && state.fullAt == 0) {
                groups.remove(key);
            }
        }
        putDown(key, state);
    }
}
