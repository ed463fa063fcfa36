package dev.millrace.cli;

import dev.millrace.BulkResult;
import dev.millrace.Enqueued;
import dev.millrace.JobHandle;
import dev.millrace.JobRequest;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Stores jobs: one from the command line, or one for each line of the input. */
@Command(
        name = "enqueue",
        description = "Store a job; prints its id.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace enqueue send-mail '{\"to\":\"ada@example.org\"}' --in 5m",
            "  millrace enqueue greet --string Ada",
            "  jq -c '.[]' orders.json | millrace enqueue order --lines"
        })
final class EnqueueCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private JobSettings settings;

    @Parameters(index = "0", paramLabel = "KIND", description = "What to run.")
    private String kind = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PAYLOAD",
            description = "JSON; - reads it from the input; null if left out.")
    private @Nullable String payload;

    @Mixin
    private PayloadText text;

    @Option(
            names = "--lines",
            description = "Each line of the input is the payload of a job; prints how many were stored.")
    private boolean lines;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        StoreChoice choice = main.store();
        choice.refuseMemory();
        if (lines && payload != null) {
            throw usage("--lines reads the payloads from the input: leave PAYLOAD out");
        }
        if (lines && settings.namesOneJob()) {
            throw usage("--id and --unique name one job, and --lines stores many: leave them out");
        }
        JobType<JsonNode, JsonNode> type = JobType.of(kind, JsonNode.class, JsonNode.class);
        // Checked before the store is opened: a mistake makes no file.
        settings.apply(type.with(JsonMapper.shared().nullNode()));
        if (lines) {
            try (Millrace millrace = choice.open()) {
                return storeLines(millrace, type);
            }
        }
        JobRequest<JsonNode> request = settings.apply(type.with(text.payload(payload, main.terminal(), spec)));
        try (Millrace millrace = choice.open()) {
            return store(millrace, request);
        }
    }

    private int store(Millrace millrace, JobRequest<JsonNode> request) {
        JobHandle<JsonNode> handle = millrace.enqueue(request);
        Enqueued enqueued = handle.enqueued();
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("id", handle.id().toString());
            object.put("enqueued", enqueued.name().toLowerCase(Locale.ROOT));
            object.put("kind", kind);
            object.put("queue", request.queue());
            out().println(object);
        } else {
            out().println(handle.id());
        }
        switch (enqueued) {
            case NEW -> {}
            case DUPLICATE -> tell("nothing was stored: this is the id of the job that is there already");
            case REPLACED -> tell("this is the id of the job that waited, and is what you gave from now on");
        }
        return 0;
    }

    private int storeLines(Millrace millrace, JobType<JsonNode, JsonNode> type) {
        AtomicLong number = new AtomicLong();
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(main.terminal().in(), StandardCharsets.UTF_8));
        Stream<JobRequest<JsonNode>> requests = reader.lines()
                .peek(line -> number.incrementAndGet())
                .filter(line -> text.isPlain() || !line.isBlank())
                .map(line -> settings.apply(type.with(text.read(line, "line " + number + " of the input", spec))));
        BulkResult result = millrace.enqueueEach(requests);
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("stored", result.stored());
            object.put("duplicates", result.duplicates());
            out().println(object);
        } else {
            out().println(result.stored());
        }
        return 0;
    }

    private void tell(String what) {
        spec.commandLine().getErr().println("millrace: " + what);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
