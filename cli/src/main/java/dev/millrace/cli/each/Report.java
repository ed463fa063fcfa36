package dev.millrace.cli.each;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.time.Duration;

/**
 * What became of a line.
 *
 * @param line the line
 * @param state what became of it
 * @param content what it printed
 */
record Report(Line line, State state, Content content) {

    /** What became of a line. */
    sealed interface State {
        /** The command did it. */
        record Succeeded(Attempt attempt) implements State {}

        /** The command's last attempt failed. */
        record Failed(String reason, Attempt attempt) implements State {}

        /** It could not be run, or did not end here. */
        record Unrun(String reason) implements State {}

        /** It had succeeded before. */
        record Skipped() implements State {}
    }

    /**
     * The last attempt.
     *
     * @param exitCode how the command ended; -1 if it had to be ended, or did not begin
     * @param number the attempt's number, from 1
     * @param took how long it ran
     */
    record Attempt(int exitCode, int number, Duration took) {}

    /** What a command printed. */
    sealed interface Content {
        /** Writes it. */
        void copyTo(OutputStream out) throws IOException;

        /** Lets go of it. */
        default void discard() throws IOException {}

        /** Nothing is to be printed. */
        record None() implements Content {
            @Override
            public void copyTo(OutputStream out) {}
        }

        /** In files. */
        record Spooled(Output output) implements Content {
            @Override
            public void copyTo(OutputStream out) throws IOException {
                Files.copy(output.out(), out);
            }

            @Override
            public void discard() throws IOException {
                output.delete();
            }
        }

        /** As the store kept it. */
        record Kept(byte[] bytes) implements Content {
            @Override
            public void copyTo(OutputStream out) throws IOException {
                out.write(bytes);
            }
        }
    }
}
