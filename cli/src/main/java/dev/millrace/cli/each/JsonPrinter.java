package dev.millrace.cli.each;

import dev.millrace.cli.each.Report.Attempt;
import dev.millrace.cli.each.Report.Content;
import dev.millrace.cli.each.Report.State;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** One JSON object a line, whose outputs are streamed. What was printed is taken for UTF-8. */
record JsonPrinter(Screen screen) implements Printer {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    @Override
    public void print(Report report) throws IOException {
        screen.out(out -> {
            try (JsonGenerator json = MAPPER.createGenerator(out)) {
                write(report, json);
            }
            out.write('\n');
        });
    }

    /** The object at the end. */
    void print(ObjectNode summary) throws IOException {
        screen.out(out -> out.write((summary + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    private static void write(Report report, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringProperty("line", report.line().text());
        json.writeStringProperty("id", report.line().id().toString());
        State state = report.state();
        if (state instanceof State.Succeeded succeeded) {
            json.writeStringProperty("state", "succeeded");
            write(succeeded.attempt(), json);
        } else if (state instanceof State.Failed failed) {
            json.writeStringProperty("state", "failed");
            json.writeStringProperty("reason", failed.reason());
            write(failed.attempt(), json);
        } else if (state instanceof State.Unrun unrun) {
            json.writeStringProperty("state", "failed");
            json.writeStringProperty("reason", unrun.reason());
        } else {
            json.writeStringProperty("state", "skipped");
        }
        write(report.content(), json);
        json.writeEndObject();
    }

    private static void write(Attempt attempt, JsonGenerator json) {
        if (attempt.exitCode() >= 0) {
            json.writeNumberProperty("exitCode", attempt.exitCode());
        }
        json.writeNumberProperty("attempt", attempt.number());
        json.writeNumberProperty("seconds", attempt.took().toMillis() / 1e3);
    }

    private static void write(Content content, JsonGenerator json) throws IOException {
        if (content instanceof Content.Spooled spooled) {
            json.writeName("output");
            try (Reader text =
                    new InputStreamReader(Files.newInputStream(spooled.output().out()), StandardCharsets.UTF_8)) {
                json.writeString(text, -1);
            }
        } else if (content instanceof Content.Kept kept) {
            json.writeStringProperty("output", new String(kept.bytes(), StandardCharsets.UTF_8));
        }
    }
}
