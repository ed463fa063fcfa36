package dev.millrace.cli.schedule;

import dev.millrace.ScheduleHandle;
import dev.millrace.cli.schedule.NamedSchedules.Done;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Makes a job of a schedule by hand. */
@Command(
        name = "run",
        description = "Make a job at once, beside those of the ticks; prints its id.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    @ParentCommand
    private ScheduleCommand schedules;

    @Spec
    private CommandSpec spec;

    @Mixin
    private NamedSchedules named;

    @Override
    public Integer call() {
        return named.perform(RunCommand::deed, schedules, spec.commandLine());
    }

    private static Done deed(ScheduleHandle schedule) {
        String job = NamedSchedules.known(schedule).runNow().toString();
        return new Done("job", job, job);
    }
}
