package dev.millrace.cli.workflow;

import dev.millrace.Millrace;
import dev.millrace.Workflow;
import dev.millrace.WorkflowHandle;
import dev.millrace.cli.StoreChoice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Stores a workflow that a file describes. */
@Command(
        name = "submit",
        description = "Store the workflow that a file describes, all of it or nothing; prints its id.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nThe file is one JSON object:%n",
        footer = {
            "  {\"name\": \"etl\", \"jobs\": [",
            "    {\"name\": \"extract\", \"kind\": \"extract\", \"payload\": {\"page\": 1}, \"queue\": \"slow\"},",
            "    {\"name\": \"sum\",     \"kind\": \"sum\",     \"after\": [\"extract\"]},",
            "    {\"name\": \"alert\",   \"kind\": \"mail\",    \"afterFailure\": [\"extract\", \"sum\"]}]}",
            "Jobs may also have afterEither, priority, in, at, expiresIn, expiresAt, timeout, attempts, retryDelay,"
                    + " keepFor, group, serial, strictSerial, tags and meta, as the options of millrace enqueue; and the workflow an id and"
                    + " keepFor. A job without a name is called after its kind and number."
        })
final class SubmitCommand implements Callable<Integer> {
    @ParentCommand
    private WorkflowCommand workflow;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "The file; - reads the input.")
    private String file = "";

    @Option(
            names = "--id",
            paramLabel = "UUID",
            description = "The workflow's id, so that the command can be repeated.")
    private @Nullable UUID id;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        StoreChoice choice = workflow.main().store();
        choice.refuseMemory();
        // Checked before the store is opened: a mistake makes no file.
        WorkflowFile read = WorkflowFile.read(text(), shown());
        Workflow described = id == null ? read.workflow() : read.workflow().id(id);
        try (Millrace millrace = choice.open()) {
            WorkflowHandle handle = millrace.submit(described);
            if (json) {
                ObjectNode object = JsonMapper.shared().createObjectNode();
                object.put("id", handle.id().toString());
                object.put("name", handle.name());
                object.put("jobs", read.jobs());
                spec.commandLine().getOut().println(object);
            } else {
                spec.commandLine().getOut().println(handle.id());
            }
        }
        return 0;
    }

    private String shown() {
        return file.equals("-") ? "the input" : file;
    }

    private String text() throws IOException {
        if (file.equals("-")) {
            return new String(workflow.main().terminal().in().readAllBytes(), StandardCharsets.UTF_8);
        }
        Path path = Path.of(file);
        if (!Files.isReadable(path) || Files.isDirectory(path)) {
            throw new IllegalArgumentException("there is no file " + file
                    + " that can be read: name one with a workflow as JSON, or - for the input");
        }
        return Files.readString(path);
    }
}
