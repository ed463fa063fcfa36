package dev.millrace.internal.worker;

import dev.millrace.spi.Micros;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The worker's session as the worker knows it: which it is, and when the store last heard of it.
 *
 * <p>Silence is measured by the larger of two clocks: the wall clock may be set back, and the monotonic one stops while the
 * machine is suspended.
 */
final class Tenure {
    private final Duration lease;
    private final Supplier<UUID> ids;
    private volatile State state;

    /**
     * @param sentMillis when the last acknowledged sign of life was sent, by the wall clock
     * @param sentNanos the same by the monotonic clock
     * @param storeMicros the store's time in its last reply
     * @param storeNanos when that reply came, by the monotonic clock
     */
    private record State(UUID session, long sentMillis, long sentNanos, long storeMicros, long storeNanos) {}

    Tenure(Duration lease, Supplier<UUID> ids) {
        this.lease = lease;
        this.ids = ids;
        this.state = new State(ids.get(), 0, 0, 0, 0);
    }

    UUID session() {
        return state.session;
    }

    /** A new session is to be opened. */
    synchronized UUID renew() {
        State old = state;
        state = new State(ids.get(), 0, 0, old.storeMicros, old.storeNanos);
        return state.session;
    }

    /** The store heard of the session: the message was sent at these times. */
    synchronized void heard(long sentMillis, long sentNanos, Instant storeTime) {
        state = new State(state.session, sentMillis, sentNanos, Micros.of(storeTime), System.nanoTime());
    }

    /** The store told its time. */
    synchronized void seen(Instant storeTime) {
        State old = state;
        state = new State(old.session, old.sentMillis, old.sentNanos, Micros.of(storeTime), System.nanoTime());
    }

    /** Whether claims of this session are still this worker's own. */
    boolean holds(UUID session) {
        return valid() && session.equals(state.session);
    }

    /** Whether the store can still think this worker alive, so that its claims are its own. */
    boolean valid() {
        State now = state;
        long millis = System.currentTimeMillis() - now.sentMillis;
        long nanos = System.nanoTime() - now.sentNanos;
        return now.sentMillis != 0 && Math.max(millis, nanos / 1_000_000) < lease.toMillis();
    }

    /** About what the store's clock shows now, in microseconds. */
    long storeMicros() {
        State now = state;
        return now.storeMicros + (System.nanoTime() - now.storeNanos) / 1_000;
    }
}
