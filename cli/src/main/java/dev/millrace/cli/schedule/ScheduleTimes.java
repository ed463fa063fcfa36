package dev.millrace.cli.schedule;

import dev.millrace.Recurrence;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Ticks for people. */
final class ScheduleTimes {
    private static final DateTimeFormatter SHOWN = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss xxx");

    private ScheduleTimes() {}

    /** By the clock that the schedule goes by, or else by that of this machine; with its offset. */
    static String shown(Instant tick, Recurrence recurrence) {
        return tick.atZone(recurrence.zone().orElseGet(ZoneId::systemDefault)).format(SHOWN);
    }
}
