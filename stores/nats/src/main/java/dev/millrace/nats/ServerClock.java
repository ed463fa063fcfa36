package dev.millrace.nats;

import dev.millrace.spi.Micros;
import java.time.Clock;
import java.time.Instant;

/** The server's time, moved by the offset of the configured clock: measured by what the server stamped on a message. */
final class ServerClock {
    private final Clock clock;
    private volatile long distance;

    ServerClock(Clock clock) {
        this.clock = clock;
    }

    /** In microseconds. */
    long micros() {
        return Micros.of(clock.instant()) + distance;
    }

    Instant now() {
        return Micros.instant(micros());
    }

    /** How far the server's clock is ahead of this machine's, in microseconds. */
    long distance() {
        return distance;
    }

    void distance(long micros) {
        distance = micros;
    }

    /**
     * Learns from a message: this machine's time when it was sent and acknowledged, and the server's stamp. A distance that is
     * smaller than this can tell is none.
     */
    void learn(Instant sent, Instant acknowledged, Instant stamp) {
        long most = Micros.of(stamp) - Micros.of(sent);
        long least = Micros.of(stamp) - Micros.of(acknowledged);
        distance = least <= 0 && most >= 0 ? 0 : least + (most - least) / 2;
    }
}
