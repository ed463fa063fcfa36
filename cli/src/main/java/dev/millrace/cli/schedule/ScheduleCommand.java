package dev.millrace.cli.schedule;

import dev.millrace.cli.Main;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Schedules; its subcommands say what is to be done. */
@Command(
        name = "schedule",
        description = "Make jobs again and again, by cron expressions or at equal distances.",
        mixinStandardHelpOptions = true,
        subcommands = {
            AddCommand.class,
            ListCommand.class,
            ShowCommand.class,
            PauseCommand.class,
            ResumeCommand.class,
            RunCommand.class,
            RemoveCommand.class
        })
public final class ScheduleCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    Main main() {
        return main;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "What about schedules? Say add, list, show, pause, resume, run or remove.");
    }
}
