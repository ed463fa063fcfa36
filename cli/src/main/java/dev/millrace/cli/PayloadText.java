package dev.millrace.cli;

import dev.millrace.cli.out.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A payload as the command line gives it: JSON, or plain text if that is said. */
public final class PayloadText {
    @Option(names = "--string", description = "The payload is plain text, not JSON.")
    private boolean string;

    boolean isPlain() {
        return string;
    }

    /**
     * The payload.
     *
     * @param argument what stands for it: "-" is the input, null is null
     * @throws ParameterException when it is no JSON
     */
    public JsonNode payload(@Nullable String argument, Terminal terminal, CommandSpec spec) throws IOException {
        if (argument == null) {
            return string ? JsonText.string("") : JsonMapper.shared().nullNode();
        }
        if (argument.equals("-")) {
            return read(new String(terminal.in().readAllBytes(), StandardCharsets.UTF_8), "the input", spec);
        }
        return read(argument, "the payload", spec);
    }

    /**
     * A payload.
     *
     * @param what it is, for the error
     */
    JsonNode read(String text, String what, CommandSpec spec) {
        if (string) {
            return JsonText.string(text);
        }
        try {
            return JsonText.read(text);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    what + " is no JSON (" + e.getMessage()
                            + "): quote it for the shell, as in '{\"to\":\"ada\"}', or give"
                            + " plain text with --string.");
        }
    }
}
