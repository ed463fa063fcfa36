package dev.millrace.cli.workers;

import dev.millrace.spi.SessionCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Tells workers to claim nothing more. */
@Command(
        name = "quiet",
        description = "Tell workers to claim nothing more, to finish what runs, and to stay.",
        mixinStandardHelpOptions = true)
final class QuietCommand implements Callable<Integer> {
    @ParentCommand
    private WorkersCommand workers;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ToldWorkers told;

    @Override
    public Integer call() {
        return told.tell(SessionCommand.QUIET, "be quiet", workers.main(), spec.commandLine());
    }
}
