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
import tools.jackson.databind.json.JsonMapper;

/** Cancels what is left of a workflow. */
@Command(
        name = "cancel",
        description = "Cancel what has not ended of a workflow; running jobs are asked to stop.",
        mixinStandardHelpOptions = true)
final class WorkflowCancelCommand implements Callable<Integer> {
    @ParentCommand
    private WorkflowCommand workflow;

    @Spec
    private CommandSpec spec;

    @Mixin
    private WorkflowChoice choice;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        try (Millrace millrace = workflow.main().store().openExisting()) {
            WorkflowHandle handle = choice.find(millrace);
            long count = handle.cancel();
            if (json) {
                spec.commandLine()
                        .getOut()
                        .println(JsonMapper.shared()
                                .createObjectNode()
                                .put("id", handle.id().toString())
                                .put("cancelled", count));
            } else {
                spec.commandLine()
                        .getOut()
                        .println(
                                count == 0
                                        ? handle + " has ended: there was nothing to cancel"
                                        : handle + ": " + count + (count == 1 ? " job" : " jobs")
                                                + " cancelled, or asked to stop");
            }
        }
        return 0;
    }
}
