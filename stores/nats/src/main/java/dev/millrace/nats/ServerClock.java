package dev.millrace.nats;

import dev.millrace.spi.Micros;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** The server's time, moved by the offset of the configured clock: measured by what the server stamped on a message. */
final class ServerClock {
    /** A measure that took longer than this is taken again soon. */
    private static final long WIDE_MICROS = 250_000;

    /** Steps back that are smaller than this are not shown: time stands still for as long. */
    private static final long STEP_MICROS = 1_000_000;

    private final Clock clock;
    private final AtomicLong latest = new AtomicLong(Long.MIN_VALUE);
    private volatile long distance;
    private volatile boolean sure;

    ServerClock(Clock clock) {
        this.clock = clock;
    }

    /** In microseconds. */
    long micros() {
        return latest.accumulateAndGet(
                Micros.of(clock.instant()) + distance,
                (before, next) -> next < before && before - next < STEP_MICROS ? before : next);
    }

    Instant now() {
        return Micros.instant(micros());
    }

    /** The server's time as far as this instance knows, in microseconds, without the offset of the configured clock. */
    long serverMicros() {
        return Micros.of(Instant.now()) + distance;
    }

    /** Whether the last measure was quick enough to be trusted for long. */
    boolean sure() {
        return sure;
    }

    /**
     * Learns from a message: this machine's time when it was sent and acknowledged, and the server's time between the two. The
     * distance that was known stands for as long as it may be right; at first it is none.
     */
    void learn(Instant sent, Instant acknowledged, long server) {
        long most = server - Micros.of(sent);
        long least = server - Micros.of(acknowledged);
        if (distance < least || distance > most) {
            distance = least + (most - least) / 2;
        }
        sure = most - least <= WIDE_MICROS;
    }
}
