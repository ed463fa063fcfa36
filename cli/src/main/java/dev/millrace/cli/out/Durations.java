package dev.millrace.cli.out;

import dev.millrace.Settings;
import dev.millrace.internal.text.TimeText;
import java.time.Duration;

/** Lengths of time as people write and read them. */
public final class Durations {
    private Durations() {}

    /**
     * Reads "30s", "1h30m", "250ms", "2d", or the ISO form "PT5M".
     *
     * @throws IllegalArgumentException when it is none of these
     */
    public static Duration parse(String text) {
        return Settings.duration(text);
    }

    /** For people: two units at most, as in "2 h 10 min", "1.25 s", "340 µs"; the library's errors write them alike. */
    public static String human(Duration duration) {
        return TimeText.of(duration);
    }

    /** For people: "340 µs", "12.5 ms", "1.25 s". */
    public static String nanos(long nanos) {
        return human(Duration.ofNanos(nanos));
    }
}
