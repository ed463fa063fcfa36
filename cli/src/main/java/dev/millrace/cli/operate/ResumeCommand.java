package dev.millrace.cli.operate;

import dev.millrace.cli.Main;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Takes pauses of queues back. */
@Command(name = "resume", description = "Let workers claim from paused queues again.", mixinStandardHelpOptions = true)
public final class ResumeCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private PausingQueues queues;

    @Override
    public Integer call() {
        return queues.perform(PausingQueues.Wish.RESUMED, main, spec.commandLine());
    }
}
