package dev.millrace.cli.workers;

import dev.millrace.spi.SessionCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Takes back that a worker is quiet. */
@Command(name = "resume", description = "Tell quiet workers to claim again.", mixinStandardHelpOptions = true)
final class GoOnCommand implements Callable<Integer> {
    @ParentCommand
    private WorkersCommand workers;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ToldWorkers told;

    @Override
    public Integer call() {
        return told.tell(SessionCommand.RESUME, "go on", workers.main(), spec.commandLine());
    }
}
