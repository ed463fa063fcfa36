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

/** Run ended jobs again, with all their attempts. */
@Command(
        name = "retry",
        description =
                "Run ended jobs again, with all their attempts. A filter means failed jobs, unless it names states.",
        mixinStandardHelpOptions = true)
public final class RetryCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ChosenJobs jobs;

    @Override
    public Integer call() throws IOException {
        var deed =
                Deed.of("retry", "retried", new Operation.RunAgain(), JobQuery::retryAll, EnumSet.of(JobState.FAILED));
        return jobs.perform(deed, main, spec.commandLine());
    }
}
