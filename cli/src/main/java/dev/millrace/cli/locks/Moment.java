package dev.millrace.cli.locks;

import java.time.Duration;

/**
 * A moment by both clocks of this machine: one may be set, and the other stops while the machine is suspended.
 *
 * @param nanos {@link System#nanoTime}
 * @param millis {@link System#currentTimeMillis}
 */
record Moment(long nanos, long millis) {
    static Moment now() {
        return new Moment(System.nanoTime(), System.currentTimeMillis());
    }

    /** How much time has passed until a later one, by the clock by which it is more. */
    Duration passed(Moment later) {
        Duration monotonic = Duration.ofNanos(later.nanos - nanos);
        Duration wall = Duration.ofMillis(later.millis - millis);
        return monotonic.compareTo(wall) > 0 ? monotonic : wall;
    }
}
