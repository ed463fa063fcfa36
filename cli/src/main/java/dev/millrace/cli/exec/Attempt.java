package dev.millrace.cli.exec;

import dev.millrace.JobContext;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One run of a command for a job, with nothing on its input and its output in files.
 *
 * @param command the program and its arguments
 * @param out a file for standard output
 * @param err a file for standard error
 */
public record Attempt(List<String> command, Path out, Path err) {
    private static final File NOTHING = new File(File.separatorChar == '\\' ? "NUL" : "/dev/null");

    /** How it ended. */
    public sealed interface End {
        /** By itself. */
        record Exited(int code) implements End {}

        /** It took too long, and was ended with all that it had started. */
        record TimedOut() implements End {}

        /** It did not begin. */
        record NotStarted(String reason) implements End {}
    }

    /**
     * Runs it, on this thread from beginning to end.
     *
     * @param most how long it may take; null for any time
     * @throws InterruptedException when this thread is interrupted; the command and all that it had started are ended then
     */
    public End run(JobContext job, @Nullable Duration most) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(DeathSignal.on(command))
                .redirectInput(NOTHING)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        Program.tell(builder.environment(), job);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return new End.NotStarted(command.get(0) + " could not be started: " + e.getMessage());
        }
        boolean ended = false;
        try {
            if (most == null) {
                process.waitFor();
                ended = true;
            } else {
                ended = process.waitFor(most.toNanos(), TimeUnit.NANOSECONDS);
            }
        } finally {
            if (!ended) {
                ProcessTree.end(process);
            }
        }
        return ended ? new End.Exited(process.exitValue()) : new End.TimedOut();
    }
}
