package dev.millrace.cli.schedule;

import dev.millrace.ScheduleHandle;
import dev.millrace.cli.schedule.NamedSchedules.Done;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Pauses schedules. */
@Command(
        name = "pause",
        description =
                "Let ticks of schedules pass without jobs, until they are resumed. Jobs that are there are left alone.",
        mixinStandardHelpOptions = true)
final class PauseCommand implements Callable<Integer> {
    @ParentCommand
    private ScheduleCommand schedules;

    @Spec
    private CommandSpec spec;

    @Mixin
    private NamedSchedules named;

    @Override
    public Integer call() {
        return named.perform(PauseCommand::deed, schedules, spec.commandLine());
    }

    private static Done deed(ScheduleHandle schedule) {
        NamedSchedules.known(schedule).pause();
        return new Done("state", "paused", schedule.name() + " paused");
    }
}
