package dev.millrace.cli.exec;

import dev.millrace.Handler;
import dev.millrace.JobContext;
import dev.millrace.Snooze;
import dev.millrace.cli.JsonText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Runs a program per job: the payload on its standard input, the result from its standard output. Exit code 0 is success; any
 * other fails the attempt, with the end of what it wrote to standard error as the message. When the run is to stop (cancelled,
 * timed out, the worker stops), the program and all that it started are ended.
 */
public final class ProgramHandler implements Handler<JsonNode, JsonNode> {
    /** The most standard output that is taken as a result. */
    static final int MOST_OUTPUT = 1 << 20;

    /** With a few words before it, as long as a failure's message may be. */
    private static final int MOST_ERROR = 1_900;
    /** How long to wait for output after the program's end: a process that it left behind may hold the pipe open. */
    private static final Duration REST = Duration.ofSeconds(1);
    /** What a program ends with that a terminal's Ctrl-C has reached, or a supervisor's SIGTERM: 128 and the signal. */
    private static final int SIGINT = 130;

    private static final int SIGTERM = 143;

    private final Program program;
    private final BooleanSupplier stopping;

    /** @param stopping whether this process was told to stop: a signal may have reached the programs as well */
    public ProgramHandler(Program program, BooleanSupplier stopping) {
        this.program = program;
        this.stopping = stopping;
    }

    @Override
    public @Nullable JsonNode handle(JsonNode payload, JobContext job) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(DeathSignal.on(program.command()));
        Program.tell(builder.environment(), job);
        Process process = start(builder);
        try {
            Pipe output = Pipe.first(process.getInputStream(), MOST_OUTPUT, process::destroy);
            Pipe error = Pipe.last(process.getErrorStream(), MOST_ERROR);
            feed(process.getOutputStream(), payload.toString());
            process.waitFor();
            return result(process.exitValue(), output, error);
        } finally {
            ProcessTree.end(process);
        }
    }

    private Process start(ProcessBuilder builder) throws ProgramFailure {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new ProgramFailure(program.command().get(0) + " could not be started: " + e.getMessage());
        }
    }

    /** On a thread of its own: a program may write much before it reads, or not read at all. */
    private static void feed(OutputStream input, String payload) {
        Pipe.thread("feed", () -> {
            try (input) {
                input.write(payload.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // The program has closed its input, which is for it to decide.
            }
        });
    }

    private @Nullable JsonNode result(int code, Pipe output, Pipe error) throws Exception {
        String text = output.text(REST);
        if (output.overflown()) {
            throw new ProgramFailure("it wrote more than " + MOST_OUTPUT
                    + " bytes of result to standard output: write the data elsewhere, and print where");
        }
        if (code != 0) {
            if (stopping.getAsBoolean() && (code == SIGINT || code == SIGTERM)) {
                throw new Snooze(Duration.ZERO); // not its fault: the signal was meant for the worker
            }
            String last =
                    error.text(REST).replaceAll("[\\p{Cntrl}&&[^\n\t]]", "").strip();
            throw new ProgramFailure(
                    "exit code " + code + (last.isEmpty() ? ", and nothing on standard error" : ": " + last));
        }
        String trimmed = text.replaceFirst("\\R\\z", "");
        if (trimmed.isBlank()) {
            return null;
        }
        try {
            return JsonText.read(trimmed);
        } catch (IllegalArgumentException e) {
            return JsonText.string(trimmed);
        }
    }
}
