package dev.millrace.cli.out;

import java.io.InputStream;
import java.util.Map;

/**
 * Where the command runs: what it reads from, and who reads it.
 *
 * @param in standard input
 * @param typed whether a person types the input
 * @param seen whether a person sees the output
 * @param columns the width of the output
 * @param environment the environment variables
 */
public record Terminal(InputStream in, boolean typed, boolean seen, int columns, Map<String, String> environment) {
    private static final int USUAL_COLUMNS = 80;
    private static final int FEWEST_COLUMNS = 40;

    /**
     * This process's own. The start script says in system properties what Java cannot know: {@code millrace.tty.in}, {@code
     * millrace.tty.out} and {@code millrace.columns}.
     */
    @SuppressWarnings("SystemConsoleNull") // asked on older Java only, where null means no terminal
    public static Terminal system() {
        boolean console = Runtime.version().feature() < 22 && System.console() != null;
        return new Terminal(
                System.in,
                console || Boolean.getBoolean("millrace.tty.in"),
                console || Boolean.getBoolean("millrace.tty.out"),
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
