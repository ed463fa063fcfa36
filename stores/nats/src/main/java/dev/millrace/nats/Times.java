package dev.millrace.nats;

import dev.millrace.spi.Micros;
import java.time.Duration;

/** Arithmetic with times in microseconds that stops at the last one there is. */
final class Times {
    static final long LAST = Micros.NEVER - 1;

    /** Micros in a long reach for 292,000 years. */
    private static final long MOST_SECONDS = 200_000L * 366 * 86_400;

    private Times() {}

    static long after(long now, Duration delay) {
        if (delay.toSeconds() > MOST_SECONDS) {
            return LAST;
        }
        return Math.max(now, now + micros(delay));
    }

    static long micros(Duration duration) {
        long seconds = Math.max(-MOST_SECONDS, Math.min(MOST_SECONDS, duration.toSeconds()));
        return seconds * 1_000_000L + duration.toNanosPart() / 1_000;
    }
}
