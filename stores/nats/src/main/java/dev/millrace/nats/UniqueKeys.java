package dev.millrace.nats;

import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Keys.Unique;
import dev.millrace.spi.Micros;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which job holds which unique key. Made anew from the jobs: one whose key is another's by now is marked. Touched on the leader's
 * thread only.
 */
final class UniqueKeys {
    private final Changes changes;
    private final Map<Key, Job> holders = new HashMap<>();

    private record Key(String kind, String key) {}

    UniqueKeys(Changes changes) {
        this.changes = changes;
    }

    /** Who holds the key; null when it is free. */
    @Nullable
    Job holder(String kind, String key, long now) {
        Job holder = holders.get(new Key(kind, key));
        return holder == null || until(holder) <= now ? null : holder;
    }

    /** The job that keeps this one from its key; null where there is none, or it has no key. */
    @Nullable
    Job rival(Job job, long now) {
        String key = job.spec.keys().uniqueKey();
        Job holder = key == null ? null : holder(job.spec.kind(), key, now);
        return holder == job ? null : holder;
    }

    /** The key is the job's own from now on, whoever had it. */
    void take(Job job) {
        Key key = keyOf(job);
        if (key == null) {
            return;
        }
        Job before = holders.put(key, job);
        if (before != null && before != job) {
            lose(before);
        }
        job.keyPassedOn = false;
    }

    /** One that has ended may have the key again when it is free; one that runs carries none from now on. */
    private void lose(Job job) {
        if (job.state.finished()) {
            job.keyPassedOn = true;
        } else {
            job.spec = job.spec.withKeys(job.spec.keys().withUnique(null));
        }
        changes.touch(job);
    }

    /** A job comes in with its state: the key is its own, unless another holds it. */
    void enter(Job job, long now) {
        if (until(job) <= now || rival(job, now) != null) {
            job.keyPassedOn = until(job) != 0;
        } else {
            take(job);
        }
    }

    /** A replay found a job: the key is its own, unless it is another's. */
    void load(Job job) {
        Key key = keyOf(job);
        if (key != null && !job.keyPassedOn && until(job) != 0) {
            job.keyPassedOn = holders.putIfAbsent(key, job) != null;
        }
    }

    /** The job has ended: its key is free, unless it keeps it for a while. */
    void end(Job job) {
        if (until(job) == 0) {
            drop(job);
        }
    }

    /** The job is gone. */
    void drop(Job job) {
        Key key = keyOf(job);
        if (key != null) {
            holders.remove(key, job);
        }
    }

    /** When the window is over for which a job that has ended still holds its key; 0 where there is none. */
    static long windowEnd(Job job) {
        long until = job.keyPassedOn ? 0 : until(job);
        return until == Micros.NEVER ? 0 : until;
    }

    /** Until when a job holds its key, as long as it is not another's; 0 for not at all. */
    private static long until(Job job) {
        Unique unique = job.spec.keys().unique();
        if (unique == null) {
            return 0;
        }
        if (!job.state.finished() || unique.scope() == Scope.STORED) {
            return Micros.NEVER;
        }
        return unique.window().isZero() ? 0 : Times.after(job.finishedAt, unique.window());
    }

    /** Whether it is where it should be. */
    boolean agrees(Job job) {
        Key key = keyOf(job);
        return key == null || (holders.get(key) == job) == (!job.keyPassedOn && until(job) != 0);
    }

    private static @Nullable Key keyOf(Job job) {
        String key = job.spec.keys().uniqueKey();
        return key == null ? null : new Key(job.spec.kind(), key);
    }
}
