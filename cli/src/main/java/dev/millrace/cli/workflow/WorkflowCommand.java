package dev.millrace.cli.workflow;

import dev.millrace.cli.Main;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What its subcommands do is done to jobs that wait for jobs. */
@Command(
        name = "workflow",
        description = "Submit, show, list, cancel or retry workflows: jobs that wait for other jobs.",
        mixinStandardHelpOptions = true,
        subcommands = {
            SubmitCommand.class,
            WorkflowShowCommand.class,
            WorkflowListCommand.class,
            WorkflowCancelCommand.class,
            WorkflowRetryCommand.class
        })
public final class WorkflowCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    Main main() {
        return main;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "What about workflows? Say submit FILE, list, show ID, cancel ID or retry ID.");
    }
}
