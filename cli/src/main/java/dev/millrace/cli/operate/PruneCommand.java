package dev.millrace.cli.operate;

import dev.millrace.JobQuery;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import dev.millrace.cli.out.JobJson;
import dev.millrace.spi.Operation;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Deletes old jobs that have ended. */
@Command(
        name = "prune",
        description =
                "Delete jobs that ended long ago: succeeded and cancelled ones, unless states are named. They also go by"
                        + " themselves when their time to be kept is over.",
        mixinStandardHelpOptions = true)
public final class PruneCommand implements Callable<Integer> {
    private static final Set<JobState> ENDED = EnumSet.of(JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED);

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private FilteredJobs jobs;

    @Override
    public Integer call() throws IOException {
        for (JobState state : jobs.filter().states()) {
            if (!ENDED.contains(state)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "prune deletes jobs that have ended, and " + JobJson.lower(state)
                                + " ones have not: use millrace delete.");
            }
        }
        if (!jobs.filter().hasAge()) {
            throw new ParameterException(spec.commandLine(), "how old? Give --older-than, as in --older-than 7d.");
        }
        Deed deed = Deed.of(
                "delete",
                "deleted",
                new Operation.Delete(),
                JobQuery::deleteAll,
                EnumSet.of(JobState.SUCCEEDED, JobState.CANCELLED));
        try (Millrace millrace = main.store().openExisting()) {
            return jobs.perform(deed, millrace, main.terminal(), spec.commandLine());
        }
    }
}
