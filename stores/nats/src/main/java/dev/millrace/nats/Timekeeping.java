package dev.millrace.nats;

import dev.millrace.spi.Micros;
import java.time.Instant;

/**
 * Measures the server's time again every minute, and at once when this machine's clock was set or the machine slept. The
 * message that it writes says again who leads. Used on the leader's thread.
 */
final class Timekeeping {
    private static final long EVERY_NANOS = 60_000_000_000L;

    /** After a measure that took long. */
    private static final long SOON_NANOS = 2_000_000_000L;

    /** The two clocks of a machine drift apart by far less within a minute. */
    private static final long JUMP_MILLIS = 250;

    private final Link link;
    private final Lead lead;
    private final Journal journal;
    private final ServerClock clock;
    private long measuredAt = System.nanoTime();
    private long measuredMillis = System.currentTimeMillis();

    Timekeeping(Link link, Lead lead, Journal journal, ServerClock clock) {
        this.link = link;
        this.lead = lead;
        this.journal = journal;
        this.clock = clock;
    }

    /** Measures if it is time to. */
    void look() {
        long passed = System.nanoTime() - measuredAt;
        long drift = System.currentTimeMillis() - measuredMillis - passed / 1_000_000;
        if ((passed > (clock.sure() ? EVERY_NANOS : SOON_NANOS) || Math.abs(drift) > JUMP_MILLIS) && link.connected()) {
            measure();
        }
    }

    private void measure() {
        Instant sent = Instant.now();
        link.await(journal.lead(lead));
        Instant acknowledged = Instant.now();
        Instant stamp = link.stamp(journal.last());
        if (stamp != null) {
            clock.learn(sent, acknowledged, Micros.of(stamp));
        }
        measuredAt = System.nanoTime();
        measuredMillis = System.currentTimeMillis();
    }
}
