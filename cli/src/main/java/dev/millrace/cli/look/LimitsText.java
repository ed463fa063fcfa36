package dev.millrace.cli.look;

import dev.millrace.cli.out.Durations;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Rate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A queue's limits as people write and read them. */
final class LimitsText {
    /** Takes a limit away. */
    static final String OFF = "off";

    private LimitsText() {}

    /** As in "100 per 1 min (burst 10), fair share 32, customer: 2 at once"; "none". */
    static String of(QueueLimits limits) {
        List<String> parts = new ArrayList<>();
        if (limits.rate() != null) {
            parts.add(of(limits.rate()));
        }
        if (limits.fair() > 0) {
            parts.add("fair share " + limits.fair());
        }
        new TreeMap<>(limits.groups()).forEach((name, group) -> parts.add(name + ": " + of(group)));
        return parts.isEmpty() ? "none" : String.join(", ", parts);
    }

    private static String of(GroupLimits limits) {
        String atOnce = limits.atOnce() == 0 ? "" : limits.atOnce() + " at once";
        Rate rate = limits.rate();
        return rate == null ? atOnce : atOnce.isEmpty() ? of(rate) : atOnce + " and " + of(rate);
    }

    private static String of(Rate rate) {
        return rate.permits() + " per " + Durations.human(rate.per()) + " (burst " + rate.burst() + ")";
    }

    /**
     * Reads "100/1m" or "100/1m/20": so many in a time, with a burst; a tenth of the first number where none is said.
     *
     * @return null for "off"
     * @throws IllegalArgumentException when it is neither
     */
    static @Nullable Rate rate(String text) {
        if (text.equals(OFF)) {
            return null;
        }
        String[] parts = text.split("/", -1);
        if (parts.length < 2 || parts.length > 3) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no rate: use 100/1m, 100/1m/20 (with a burst) or off");
        }
        int permits = number(parts[0]);
        Duration per = Durations.parse(parts[1]);
        return new Rate(permits, per, parts.length == 3 ? number(parts[2]) : Math.max(1, permits / 10));
    }

    /**
     * Reads a number of jobs.
     *
     * @return 0 for "off"
     * @throws IllegalArgumentException when it is neither
     */
    static int jobs(String text) {
        if (text.equals(OFF)) {
            return 0;
        }
        int number = number(text);
        if (number < 1) {
            throw new IllegalArgumentException("\"" + text + "\" jobs: use 1 or more, or off");
        }
        return number;
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" is no whole number", e);
        }
    }
}
