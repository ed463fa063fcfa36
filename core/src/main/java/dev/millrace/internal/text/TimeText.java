package dev.millrace.internal.text;

import java.time.Duration;
import java.util.Locale;

/** Lengths of time as people read them. */
public final class TimeText {
    private static final Duration MOST = Duration.ofSeconds(Long.MAX_VALUE);

    private TimeText() {}

    /** Two units at most, as in "2 h 10 min", "1.25 s", "340 µs". */
    public static String of(Duration duration) {
        if (duration.isNegative()) {
            // the longest has no opposite
            return "-" + of(duration.toSeconds() == Long.MIN_VALUE ? MOST : duration.negated());
        }
        long seconds = duration.toSeconds();
        if (seconds < 60) {
            return small(duration.toNanos());
        }
        long minutes = seconds / 60;
        if (minutes < 60) {
            return two(minutes, "min", seconds % 60, "s");
        }
        long hours = minutes / 60;
        return hours < 48 ? two(hours, "h", minutes % 60, "min") : two(hours / 24, "d", hours % 24, "h");
    }

    private static String small(long nanos) {
        if (nanos == 0) {
            return "0 s";
        }
        if (nanos < 999_500) {
            return digits(nanos / 1e3) + " µs";
        }
        return nanos < 999_500_000 ? digits(nanos / 1e6) + " ms" : digits(nanos / 1e9) + " s";
    }

    /** Three digits that count, without zeros at the end. */
    private static String digits(double value) {
        String text = String.format(Locale.ROOT, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }

    private static String two(long big, String bigUnit, long small, String smallUnit) {
        return big + " " + bigUnit + (small == 0 ? "" : " " + small + " " + smallUnit);
    }
}
