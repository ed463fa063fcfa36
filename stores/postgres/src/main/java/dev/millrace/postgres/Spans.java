package dev.millrace.postgres;

import dev.millrace.spi.Due;
import dev.millrace.spi.Micros;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Durations and far-off times as microseconds that can be added up without overflow: where a bigint
 * overflows, the server fails the whole statement.
 */
final class Spans {
    /** Some 10,000 years. */
    private static final long MOST = 300_000_000_000_000_000L;

    private static final long MOST_SECONDS = MOST / 1_000_000;

    private Spans() {}

    static long micros(Duration duration) {
        if (duration.isNegative()) {
            return 0;
        }
        return duration.getSeconds() >= MOST_SECONDS
                ? MOST
                : duration.getSeconds() * 1_000_000 + duration.getNano() / 1_000;
    }

    static long micros(Instant instant) {
        if (instant.getEpochSecond() >= MOST_SECONDS) {
            return MOST;
        }
        return instant.getEpochSecond() <= -MOST_SECONDS ? -MOST : Micros.of(instant);
    }

    /** The time, or {@link Micros#NEVER} for null. */
    static long orNever(@Nullable Instant instant) {
        return instant == null ? Micros.NEVER : micros(instant);
    }

    /**
     * The time that a producer means, be it in the past.
     *
     * @throws IllegalArgumentException if it is too far off to be meant seriously, and to be stored
     */
    static long at(Due due, long now) {
        long time =
                due instanceof Due.After after ? now + micros(after.delay()) : micros(due.resolve(Micros.instant(now)));
        if (time >= MOST || time <= -MOST) {
            throw new IllegalArgumentException(due + " is too far off: a job's times lie within 9,000 years");
        }
        return time;
    }
}
