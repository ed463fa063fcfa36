package dev.millrace.cli.supervise;

import java.time.Duration;

/**
 * How long to wait before a process is started again: nothing after one that was done and had lived for a while, else 1 s,
 * doubled each time up to 30 s. One that lived for a minute begins anew.
 */
final class BackOff {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration STEADY = Duration.ofMinutes(1);

    private Duration next = FIRST;

    /**
     * The wait after a process that has ended.
     *
     * @param code its exit code
     * @param lived how long it ran
     */
    Duration after(int code, Duration lived) {
        if (lived.compareTo(STEADY) >= 0) {
            next = FIRST;
        }
        if (code == 0 && lived.compareTo(FIRST) >= 0) {
            return Duration.ZERO;
        }
        Duration wait = next;
        next = next.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : next.multipliedBy(2);
        return wait;
    }
}
