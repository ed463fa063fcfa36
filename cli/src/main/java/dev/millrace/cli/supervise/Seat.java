package dev.millrace.cli.supervise;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One of the processes that are to run: which one runs now, or when the next is started. Used by the supervisor's thread alone. */
final class Seat {
    private final int number;
    private final BackOff backOff = new BackOff();
    private @Nullable Process process;
    private long since = System.nanoTime();
    private long startAt = System.nanoTime();
    private boolean done;

    Seat(int number) {
        this.number = number;
    }

    /** Which one it is, from 1. */
    int number() {
        return number;
    }

    void started(Process started) {
        process = started;
        since = System.nanoTime();
    }

    /** How long its process has run, or ran. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - since);
    }

    /** Its process has ended: the next is started after a wait. */
    Duration ended(int code) {
        Duration wait = backOff.after(code, age());
        process = null;
        startAt = System.nanoTime() + wait.toNanos();
        return wait;
    }

    /** Nothing is started here any more. */
    void close() {
        process = null;
        done = true;
    }

    boolean done() {
        return done;
    }

    /** Its process, while there is one. */
    Optional<Process> process() {
        return Optional.ofNullable(process);
    }

    boolean runs(Process other) {
        return other.equals(process);
    }

    /** In how many nanoseconds a process is to be started; {@code Long.MAX_VALUE} when none is. */
    long untilStart() {
        return done || process != null ? Long.MAX_VALUE : Math.max(0, startAt - System.nanoTime());
    }
}
