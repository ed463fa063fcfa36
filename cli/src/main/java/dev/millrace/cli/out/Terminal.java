package dev.millrace.cli.out;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;

/**
 * Where the command runs: what it reads from, and who reads it.
 *
 * @param in standard input
 * @param out standard output as bytes, for what is not ours to decode
 * @param err standard error as bytes
 * @param typed whether a person types the input
 * @param seen whether a person sees the output
 * @param watched whether a person sees standard error
 * @param columns the width of the output
 * @param environment the environment variables
 */
public record Terminal(
        InputStream in,
        OutputStream out,
        OutputStream err,
        boolean typed,
        boolean seen,
        boolean watched,
        int columns,
        Map<String, String> environment) {
    private static final int USUAL_COLUMNS = 80;
    private static final int FEWEST_COLUMNS = 40;

    /** With standard output and standard error of this process, which nobody watches. */
    public Terminal(InputStream in, boolean typed, boolean seen, int columns, Map<String, String> environment) {
        this(
                in,
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                typed,
                seen,
                false,
                columns,
                environment);
    }

    /**
     * This process's own. The start script says in system properties what Java cannot know: {@code millrace.tty.in}, {@code
     * millrace.tty.out}, {@code millrace.tty.err} and {@code millrace.columns}.
     */
    @SuppressWarnings("SystemConsoleNull") // asked on older Java only, where null means no terminal
    public static Terminal system() {
        boolean console = Runtime.version().feature() < 22 && System.console() != null;
        return new Terminal(
                System.in,
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                console || Boolean.getBoolean("millrace.tty.in"),
                console || Boolean.getBoolean("millrace.tty.out"),
                Boolean.getBoolean("millrace.tty.err"),
                columns(System.getProperty("millrace.columns", System.getenv().getOrDefault("COLUMNS", ""))),
                System.getenv());
    }

    private static int columns(String text) {
        return text.matches("[1-9]\\d{0,3}") ? Math.max(FEWEST_COLUMNS, Integer.parseInt(text)) : USUAL_COLUMNS;
    }

    /** Whether to use colours: for a person who did not forbid it (see no-color.org). */
    public boolean colours() {
        return seen
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }
}
