package dev.millrace.cli;

import dev.millrace.cli.out.Terminal;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A run of the command in this process.
 *
 * @param code its exit code
 * @param out what it printed
 * @param err what it printed to standard error
 */
record CommandRun(int code, String out, String err) {

    /** Runs the command, with nothing on its input and no terminal. */
    static CommandRun of(String... arguments) {
        return withInput("", arguments);
    }

    /** Runs the command with this on its input. */
    static CommandRun withInput(String input, String... arguments) {
        return with(terminal(input, false), arguments);
    }

    /** Runs the command as on a terminal on which this is typed. */
    static CommandRun typed(String input, String... arguments) {
        return with(terminal(input, true), arguments);
    }

    private static Terminal terminal(String input, boolean person) {
        return new Terminal(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                person,
                person,
                80,
                Map.of("PATH", System.getenv("PATH"), "NO_COLOR", "1"));
    }

    private static CommandRun with(Terminal terminal, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Main.commandLine(terminal);
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        int code = line.execute(arguments);
        return new CommandRun(code, out.toString(), err.toString());
    }

    /** What it printed, without the line's end. */
    String line() {
        return out.strip();
    }

    /** The one JSON object that it printed. */
    JsonNode json() {
        return JsonMapper.shared().readTree(out);
    }

    /** The JSON objects that it printed, one a line. */
    List<JsonNode> jsonLines() {
        List<JsonNode> objects = new ArrayList<>();
        out.lines().forEach(line -> objects.add(JsonMapper.shared().readTree(line)));
        return objects;
    }
}
