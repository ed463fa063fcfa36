package dev.millrace.cli.operate;

import dev.millrace.JobState;
import dev.millrace.cli.Main;
import dev.millrace.spi.Operation;
import java.io.IOException;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Gives waiting jobs another priority. */
@Command(
        name = "reprioritize",
        description = "Give scheduled and ready jobs another priority.",
        mixinStandardHelpOptions = true)
public final class ReprioritizeCommand implements Callable<Integer> {
    static final int HIGHEST = 1_000;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--priority", required = true, paramLabel = "N", description = "-1000 to 1000; higher runs first.")
    private int priority;

    @Mixin
    private ChosenJobs jobs;

    @Override
    public Integer call() throws IOException {
        if (Math.abs(priority) > HIGHEST) {
            throw new IllegalArgumentException("the priority " + priority + " cannot be: give -1000 to 1000");
        }
        Deed deed = Deed.of(
                "reprioritize",
                "reprioritized",
                new Operation.Reprioritize(priority),
                query -> query.reprioritizeAll(priority),
                EnumSet.of(JobState.SCHEDULED, JobState.READY));
        return jobs.perform(deed, main, spec.commandLine());
    }
}
