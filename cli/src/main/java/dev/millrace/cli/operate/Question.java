package dev.millrace.cli.operate;

import dev.millrace.cli.out.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/**
 * Asks the person at the terminal before something is done that cannot be taken back.
 *
 * @param terminal where the command runs
 * @param line the command
 */
record Question(Terminal terminal, CommandLine line) {

    /** Whether there is somebody to ask. */
    boolean possible() {
        return terminal.typed() && terminal.seen();
    }

    /** Asks; says that nothing was done unless the answer is yes. */
    boolean agreed(String question) throws IOException {
        line.getOut().print(question + " [y/N] ");
        line.getOut().flush();
        String answer = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8)).readLine();
        if (answer != null && answer.strip().matches("(?i)y|yes")) {
            return true;
        }
        line.getErr().println("millrace: nothing was done");
        return false;
    }
}
