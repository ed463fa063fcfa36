package dev.millrace.cli.workflow;

import dev.millrace.Millrace;
import dev.millrace.WorkflowHandle;
import dev.millrace.cli.ParentNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

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

    @Mixin
    private WorkflowChoice choice;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        try (Millrace millrace = workflow.main().store().openExisting()) {
            WorkflowHandle handle = choice.find(millrace);
            Map<UUID, String> refused = new LinkedHashMap<>();
            long count = handle.retry(refused::put);
            if (json) {
                ObjectNode object = JsonMapper.shared()
                        .createObjectNode()
                        .put("id", handle.id().toString())
                        .put("retried", count);
                if (!refused.isEmpty()) {
                    ObjectNode left = object.putObject("refused");
                    refused.forEach((job, reason) -> left.put(job.toString(), reason));
                }
                spec.commandLine().getOut().println(object);
            } else {
                if (count > 0 || refused.isEmpty()) {
                    spec.commandLine().getOut().println(done(handle, count));
                }
                if (!refused.isEmpty()) {
                    spec.commandLine().getErr().println("millrace: " + left(handle, refused, millrace));
                }
            }
            return refused.isEmpty() ? 0 : 1;
        }
    }

    private static String done(WorkflowHandle handle, long count) {
        return count == 0
                ? handle + " has no job that failed or was cancelled: there was nothing to retry"
                : handle + ": " + count + (count == 1 ? " job runs" : " jobs run") + " again";
    }

    /** What is left, by the first of them: the reasons of the others are most likely of its kind. */
    private static String left(WorkflowHandle handle, Map<UUID, String> refused, Millrace millrace) {
        Map.Entry<UUID, String> first = refused.entrySet().iterator().next();
        return handle + ": " + refused.size() + (refused.size() == 1 ? " job was" : " jobs were")
                + " left as before, such as " + first.getKey() + ": "
                + ParentNames.in(first.getValue(), first.getKey(), millrace) + "; --json tells of each";
    }
}
