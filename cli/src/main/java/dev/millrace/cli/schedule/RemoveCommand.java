package dev.millrace.cli.schedule;

import dev.millrace.ScheduleHandle;
import dev.millrace.cli.schedule.NamedSchedules.Done;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Removes schedules. */
@Command(
        name = "remove",
        description = "Remove schedules. Jobs that are there are left alone.",
        mixinStandardHelpOptions = true)
final class RemoveCommand implements Callable<Integer> {
    @ParentCommand
    private ScheduleCommand schedules;

    @Spec
    private CommandSpec spec;

    @Mixin
    private NamedSchedules named;

    @Override
    public Integer call() {
        return named.perform(RemoveCommand::deed, schedules, spec.commandLine());
    }

    private static Done deed(ScheduleHandle schedule) {
        if (!schedule.remove()) {
            throw NamedSchedules.none(schedule.name());
        }
        return new Done("state", "removed", schedule.name() + " removed");
    }
}
