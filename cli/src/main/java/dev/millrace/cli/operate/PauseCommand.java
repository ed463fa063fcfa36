package dev.millrace.cli.operate;

import dev.millrace.cli.Main;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Pauses queues. */
@Command(
        name = "pause",
        description =
                "Claim nothing more from queues: their jobs stay ready, running ones go on, new ones are accepted.",
        mixinStandardHelpOptions = true)
public final class PauseCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private PausingQueues queues;

    @Override
    public Integer call() {
        return queues.perform(PausingQueues.Wish.PAUSED, main, spec.commandLine());
    }
}
