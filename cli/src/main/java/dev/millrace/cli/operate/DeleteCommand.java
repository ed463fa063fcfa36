package dev.millrace.cli.operate;

import dev.millrace.JobQuery;
import dev.millrace.cli.Main;
import dev.millrace.spi.Operation;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Deletes jobs that do not run. */
@Command(
        name = "delete",
        description = "Delete jobs with all that is known of them. Running ones are left alone: cancel them first.",
        mixinStandardHelpOptions = true)
public final class DeleteCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ChosenJobs jobs;

    @Override
    public Integer call() throws IOException {
        Deed deed = Deed.of("delete", "deleted", new Operation.Delete(), JobQuery::deleteAll, Set.of());
        return jobs.perform(deed, main, spec.commandLine());
    }
}
