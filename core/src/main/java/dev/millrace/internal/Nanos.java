package dev.millrace.internal;

import java.time.Duration;

/** Durations as nanoseconds to wait for. */
public final class Nanos {
    /** Over a century: added to {@link System#nanoTime}, it does not overflow. */
    private static final long FOREVER = Long.MAX_VALUE / 2;

    private Nanos() {}

    /** So many nanoseconds: none if it is negative, and as good as forever if it is beyond what can be waited for. */
    public static long of(Duration duration) {
        if (duration.isNegative()) {
            return 0;
        }
        return duration.toSeconds() >= FOREVER / 1_000_000_000L ? FOREVER : duration.toNanos();
    }
}
