package dev.millrace.internal.flow;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Groups, by when they are to be looked at. Who puts one in remembers the time.
 *
 * <p>Not thread-safe.
 */
final class Agenda {
    private final TreeMap<Long, Set<GroupKey>> times = new TreeMap<>();

    void add(GroupKey key, long at) {
        times.computeIfAbsent(at, any -> new LinkedHashSet<>()).add(key);
    }

    void remove(GroupKey key, long at) {
        times.computeIfPresent(at, (any, keys) -> {
            keys.remove(key);
            return keys.isEmpty() ? null : keys;
        });
    }

    boolean isEmpty() {
        return times.isEmpty();
    }

    /** The first time; null when there is none. */
    @Nullable
    Long next() {
        return times.isEmpty() ? null : times.firstKey();
    }

    boolean isDue(long now) {
        return !times.isEmpty() && times.firstKey() <= now;
    }

    /** One of those that are first; to be asked for only when there are any. It stays. */
    GroupKey first() {
        return times.firstEntry().getValue().iterator().next();
    }
}
