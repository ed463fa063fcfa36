package dev.millrace.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A clock in the test's hands: it stands still until it is moved. Safe for use by several threads.
 *
 * <pre>{@code
 * var clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
 * try (Millrace millrace = Millrace.builder("memory:").clock(clock).open()) {
 *     ...
 *     clock.advance(Duration.ofHours(1));
 * }
 * }</pre>
 */
public final class ManualClock extends Clock {
    private final AtomicReference<Instant> now;
    private final ZoneId zone;

    /** A clock that shows this time, in UTC. */
    public ManualClock(Instant start) {
        this(new AtomicReference<>(start), ZoneOffset.UTC);
    }

    private ManualClock(AtomicReference<Instant> now, ZoneId zone) {
        this.now = now;
        this.zone = zone;
    }

    /**
     * Lets time pass.
     *
     * @param by how much; zero changes nothing
     * @return the time it shows now
     * @throws IllegalArgumentException if negative: {@link #set} turns a clock back
     */
    public Instant advance(Duration by) {
        if (by.isNegative()) {
            throw new IllegalArgumentException(
                    "time passes forwards only, not by " + by + ": use set(Instant) to turn the clock back");
        }
        return now.updateAndGet(instant -> instant.plus(by));
    }

    /** Sets the clock, forwards or back, as a wrong clock that is put right would jump. */
    public void set(Instant instant) {
        now.set(instant);
    }

    @Override
    public Instant instant() {
        return Objects.requireNonNull(now.get());
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    /** The same clock in another zone: moving one moves both. */
    @Override
    public ManualClock withZone(ZoneId other) {
        return new ManualClock(now, other);
    }

    @Override
    public String toString() {
        return "ManualClock[" + instant() + ", " + zone + "]";
    }
}
