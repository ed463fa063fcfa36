package dev.millrace.cli;

import dev.millrace.cli.out.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
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
        return withInput(input.getBytes(StandardCharsets.UTF_8), arguments);
    }

    /** Runs the command with these bytes on its input. */
    static CommandRun withInput(byte[] input, String... arguments) {
        return with(new ByteArrayInputStream(input), false, arguments);
    }

    /** Runs the command as on a terminal on which this is typed. */
    static CommandRun typed(String input, String... arguments) {
        return with(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), true, arguments);
    }

    /** Runs the command as on a terminal on which this is typed; what it shows on standard error can be read meanwhile. */
    static CommandRun typed(String input, ByteArrayOutputStream shown, String... arguments) {
        return with(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), true, shown, arguments);
    }

    /** Runs the command on an input of one's own. */
    static CommandRun with(InputStream input, boolean person, String... arguments) {
        return with(input, person, new ByteArrayOutputStream(), arguments);
    }

    private static CommandRun with(InputStream input, boolean person, ByteArrayOutputStream err, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                input, out, err, person, person, person, 80, Map.of("PATH", System.getenv("PATH"), "NO_COLOR", "1"));
        CommandLine line = Main.commandLine(terminal);
        line.setOut(new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true));
        line.setErr(new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true));
        int code = line.execute(arguments);
        line.getOut().flush();
        line.getErr().flush();
        return new CommandRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
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
