package dev.millrace.nats;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How long a leader may be missed before it is replaced: it may be connecting again. Thread-safe. */
final class Grace {
    private static final Duration LEAST = Duration.ofMillis(400);
    private static final Duration MOST = Duration.ofSeconds(10);

    private final long nanos;
    private volatile @Nullable Missed missed;

    /** Since when nobody listens where that leader should, by nanoTime. */
    private record Missed(UUID epoch, long since) {}

    /** Twice the pause between two tries to connect: a leader whose connection was cut is back by then. */
    Grace(Settings settings) {
        Duration twice = settings.reconnect().pause().multipliedBy(2);
        Duration atLeast = twice.compareTo(LEAST) < 0 ? LEAST : twice;
        nanos = (atLeast.compareTo(MOST) > 0 ? MOST : atLeast).toNanos();
    }

    /** The leader answered. */
    void heard() {
        missed = null;
    }

    /**
     * Notes that nobody listens where that leader should, and says whether that has been so for long enough. What an instance
     * misses while it has no connection itself is nothing.
     */
    boolean isOver(UUID epoch, boolean connected, long now) {
        if (!connected) {
            missed = null;
            return false;
        }
        Missed known = missed;
        if (known == null || !known.epoch.equals(epoch)) {
            missed = new Missed(epoch, now);
            return false;
        }
        return now - known.since > nanos;
    }
}
