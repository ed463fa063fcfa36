package dev.millrace.cli.workflow;

import dev.millrace.Millrace;
import dev.millrace.WorkflowHandle;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** Runs again what did not succeed of a workflow. */
@Command(
        name = "retry",
        description =
                "Run again what failed, expired or was cancelled of a workflow; what was given up because of it comes"
                        + " back by itself.",
        mixinStandardHelpOptions = true)
final class WorkflowRetryCommand implements Callable<Integer> {
    @ParentCommand
    private WorkflowCommand workflow;

    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "ID",
            description = "The workflow's id or that of one of its jobs, or any part of it that no other has.")
    private String id = "";

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        try (Millrace millrace = workflow.main().store().openExisting()) {
            WorkflowHandle handle = WorkflowFinder.find(millrace, id);
            long count = handle.retry();
            if (json) {
                spec.commandLine()
                        .getOut()
                        .println(JsonMapper.shared()
                                .createObjectNode()
                                .put("id", handle.id().toString())
                                .put("retried", count));
            } else {
                spec.commandLine()
                        .getOut()
                        .println(
                                count == 0
                                        ? handle
                                                + " has no job that failed or was cancelled: there was nothing to retry"
                                        : handle + ": " + count + (count == 1 ? " job runs" : " jobs run") + " again");
            }
        }
        return 0;
    }
}
