package dev.millrace.cli.workflow;

import dev.millrace.Millrace;
import dev.millrace.WorkflowHandle;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Shows a workflow and its jobs. */
@Command(
        name = "show",
        description = "Show a workflow and its jobs as a tree: states, durations, what each waits for, and why.",
        mixinStandardHelpOptions = true)
final class WorkflowShowCommand implements Callable<Integer> {
    @ParentCommand
    private WorkflowCommand workflow;

    @Spec
    private CommandSpec spec;

    @Mixin
    private WorkflowChoice choice;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        try (Millrace millrace = workflow.main().store().openToLook()) {
            WorkflowHandle handle = choice.find(millrace);
            Graph graph = Graph.read(millrace, handle.id());
            if (json) {
                spec.commandLine().getOut().println(WorkflowJson.of(handle.info(), graph));
            } else {
                new WorkflowSheet(spec.commandLine().getOut(), workflow.main().terminal())
                        .print(handle.info(), graph, millrace.store().now());
            }
        }
        return 0;
    }
}
