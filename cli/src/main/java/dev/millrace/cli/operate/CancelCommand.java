package dev.millrace.cli.operate;

import dev.millrace.JobQuery;
import dev.millrace.JobState;
import dev.millrace.cli.Main;
import dev.millrace.spi.Operation;
import java.io.IOException;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Cancel unfinished jobs; running ones are asked to stop. */
@Command(
        name = "cancel",
        description = "Cancel unfinished jobs; running ones are asked to stop.",
        mixinStandardHelpOptions = true)
public final class CancelCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ChosenJobs jobs;

    @Override
    public Integer call() throws IOException {
        var deed = Deed.of(
                "cancel",
                "cancelled",
                new Operation.Cancel(),
                JobQuery::cancelAll,
                EnumSet.of(JobState.BLOCKED, JobState.SCHEDULED, JobState.READY, JobState.RUNNING));
        return jobs.perform(deed, main, spec.commandLine());
    }
}
