package dev.millrace.cli.schedule;

import dev.millrace.Millrace;
import dev.millrace.ScheduleInfo;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** That schedules stand still for want of a worker. */
final class Idle {
    private Idle() {}

    /** Tells people, beside what is printed, if there are ticks to come and no worker that would make jobs of them. */
    static void tell(List<ScheduleInfo> schedules, Millrace millrace, CommandSpec spec) {
        if (schedules.stream().anyMatch(schedule -> !schedule.paused())
                && millrace.stats().live().isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("millrace: no worker runs on this store, and ticks make no jobs until one does: start"
                            + " millrace worker, or your program's");
        }
    }
}
