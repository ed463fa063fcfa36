package dev.millrace.internal.memory;

import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who holds which unique key. Guarded by the store's lock. */
final class Keyring {
    /** Later than any time that is stored: the key is held until its job is deleted. */
    private static final long UNTIL_DELETED = Micros.NEVER - 1;

    private final Map<Key, Job> holders = new HashMap<>();

    private record Key(String kind, String key) {}

    /** The job that holds a key: it has not ended, or its window has not. */
    @Nullable
    Job holder(String kind, String key, long now) {
        Job holder = holders.get(new Key(kind, key));
        boolean free = holder == null || (holder.state.finished() && holder.keyUntil <= now);
        return free ? null : holder;
    }

    /** Whether a job holds its key, or did until its window passed. */
    boolean holds(Job job) {
        Key key = keyOf(job);
        return key != null && holders.get(key) == job;
    }

    /** Takes the job's key, if it has one, from whoever held it. */
    void take(Job job) {
        Key key = keyOf(job);
        if (key != null) {
            job.keyUntil = Micros.NEVER;
            holders.put(key, job);
        }
    }

    /** A job has come, possibly from elsewhere: it has its key if nobody else does, and its state lets it. */
    void enter(Job job) {
        Key key = keyOf(job);
        if (key == null || holder(key.kind, key.key, job.createdAt) != null) {
            return;
        }
        take(job);
        if (job.state.finished()) {
            ended(job, job.finishedAt);
        }
    }

    /** The job has ended: its key is free, at once or after its window. */
    void ended(Job job, long now) {
        Keys.Unique unique = job.spec.keys().unique();
        if (unique == null || !holds(job)) {
            return;
        }
        if (unique.scope() == Keys.Scope.STORED) {
            job.keyUntil = UNTIL_DELETED;
        } else if (unique.window().isZero()) {
            free(job);
        } else {
            job.keyUntil = now + Ledger.micros(unique.window());
        }
    }

    /** When the window of a job that has ended is over; 0 for one that has none. */
    long windowEnd(Job job) {
        return holds(job) && job.keyUntil < UNTIL_DELETED ? job.keyUntil : 0;
    }

    /** The job has no key any more. */
    void free(Job job) {
        Key key = keyOf(job);
        if (key != null) {
            holders.remove(key, job);
        }
    }

    private static @Nullable Key keyOf(Job job) {
        String key = job.spec.keys().uniqueKey();
        return key == null ? null : new Key(job.spec.kind(), key);
    }
}
