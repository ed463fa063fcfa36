package dev.millrace.cli.schedule;

import dev.millrace.ScheduleHandle;
import dev.millrace.cli.schedule.NamedSchedules.Done;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Takes a pause back. */
@Command(
        name = "resume",
        description = "Go on with the first tick that lies ahead: those that have passed make no job.",
        mixinStandardHelpOptions = true)
final class ResumeCommand implements Callable<Integer> {
    @ParentCommand
    private ScheduleCommand schedules;

    @Spec
    private CommandSpec spec;

    @Mixin
    private NamedSchedules named;

    @Override
    public Integer call() {
        return named.perform(ResumeCommand::deed, schedules, spec.commandLine());
    }

    private static Done deed(ScheduleHandle schedule) {
        NamedSchedules.known(schedule).resume();
        return new Done("state", "resumed", schedule.name() + " resumed");
    }
}
