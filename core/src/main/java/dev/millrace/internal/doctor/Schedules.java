package dev.millrace.internal.doctor;

import dev.millrace.internal.schedule.Schedule;
import dev.millrace.internal.schedule.ScheduleNotes;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import java.time.Duration;
import java.time.Instant;

/** Looks at schedules: ticks that wait, ticks that lie too far ahead, notes that cannot be read. */
final class Schedules {
    private static final Duration FAR_BEHIND = Duration.ofMinutes(10);
    private static final Duration AHEAD = Duration.ofMinutes(5);

    private Schedules() {}

    static void look(ScheduleNotes.Listing listing, Instant now, Findings findings) {
        for (Schedule schedule : listing.schedules()) {
            schedule.behind(now).ifPresent(behind -> behind(schedule, behind, findings));
            ahead(schedule, now, findings);
        }
        for (String problem : listing.unreadable()) {
            findings.warning(
                    "schedule-unreadable",
                    problem,
                    "its ticks make no job by workers of this version",
                    "upgrade the workers, or remove it and make it anew: millrace schedule remove NAME");
        }
    }

    private static void behind(Schedule schedule, Duration behind, Findings findings) {
        findings.add(
                "schedule-behind",
                behind.compareTo(FAR_BEHIND) > 0 ? Severity.PROBLEM : Severity.WARNING,
                "schedule " + schedule.name() + " is " + Texts.span(behind) + " behind: its tick of "
                        + schedule.place().next() + " has made no job yet",
                "its jobs come late, or not at all where missed ticks are left out",
                "start a worker, whatever its kinds; if workers run, see what they say of the schedule (millrace health)");
    }

    /** A place follows from the ticks before it, so a clock that ran ahead leaves it ahead. */
    private static void ahead(Schedule schedule, Instant now, Findings findings) {
        Instant last = schedule.place().last();
        if (last != null && last.isAfter(now.plus(AHEAD))) {
            findings.warning(
                    "schedule-ahead",
                    "schedule " + schedule.name() + " had its last tick at " + last + ", "
                            + Texts.span(Duration.between(now, last)) + " ahead of the store's clock",
                    "the clock was wrong then, or is now: until it has reached that time, no tick makes a job",
                    "wait, or remove the schedule and make it anew: millrace schedule remove " + schedule.name());
        }
    }
}
