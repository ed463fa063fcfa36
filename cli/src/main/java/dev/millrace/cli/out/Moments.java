package dev.millrace.cli.out;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/** Points in time as people write and read them. */
public final class Moments {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final DateTimeFormatter DAY_AND_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
    private static final DateTimeFormatter EXACT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");

    private Moments() {}

    /**
     * Reads an ISO time, with "Z" or an offset, or without one in the local zone; a day alone means its beginning.
     *
     * @throws IllegalArgumentException when it is none of these
     */
    public static Instant parse(String text) {
        ZoneId here = ZoneId.systemDefault();
        try {
            if (text.matches("\\d{4}-\\d\\d-\\d\\d")) {
                return LocalDate.parse(text).atStartOfDay(here).toInstant();
            }
            boolean placed = text.matches("(?i).*T.*(Z|[+-]\\d\\d(:?\\d\\d)?)");
            return placed
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDateTime.parse(text.replace(' ', 'T')).atZone(here).toInstant();
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "\"" + text
                            + "\" is no time: write 2030-01-31T18:00:00Z, with an offset (+01:00), or without for local time",
                    e);
        }
    }

    /**
     * Reads a time as above, or a length of time, which means so long ago.
     *
     * @throws IllegalArgumentException when it is neither
     */
    public static Instant parsePast(String text, InstantSource clock) {
        if (!text.matches("\\d{4}-.*")) {
            return clock.instant().minus(Durations.parse(text));
        }
        return parse(text);
    }

    /** Local time; with the day unless it is today. */
    public static String brief(Instant time, Instant now) {
        var local = time.atZone(ZoneId.systemDefault());
        boolean today =
                local.toLocalDate().equals(now.atZone(ZoneId.systemDefault()).toLocalDate());
        return local.format(today ? TIME : DAY_AND_TIME);
    }

    /** Local day and time to the millisecond. */
    public static String exact(Instant time) {
        return time.atZone(ZoneId.systemDefault()).format(EXACT);
    }

    /** "in 5 min" or "2 h ago". */
    public static String distance(Instant time, Instant now) {
        Duration distance = Duration.between(now, time);
        if (distance.abs().compareTo(Duration.ofSeconds(1)) < 0) {
            return "now";
        }
        String length = Durations.human(Duration.ofSeconds(distance.abs().toSeconds()));
        return distance.isNegative() ? length + " ago" : "in " + length;
    }
}
