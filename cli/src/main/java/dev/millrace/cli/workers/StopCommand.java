package dev.millrace.cli.workers;

import dev.millrace.spi.SessionCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Tells workers to stop. */
@Command(
        name = "stop",
        description = "Tell workers to stop gracefully, as SIGTERM does on their own machine.",
        mixinStandardHelpOptions = true)
final class StopCommand implements Callable<Integer> {
    @ParentCommand
    private WorkersCommand workers;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ToldWorkers told;

    @Override
    public Integer call() {
        return told.tell(SessionCommand.STOP, "stop", workers.main(), spec.commandLine());
    }
}
