package dev.millrace.cli.exec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Lets no child outlive this process, however it dies: on Linux, {@code setpriv} of util-linux (2.33 or newer) has the kernel
 * kill the child when the thread that started it ends. So a child has to be started by a thread that waits for its end. What
 * the child itself has started is not reached. Where there is no such program, children may outlive a killed process.
 */
public final class DeathSignal {
    private static final List<String> PREFIX = List.of("setpriv", "--pdeathsig", "KILL", "--");
    private static final int PATIENCE_SECONDS = 10;

    private DeathSignal() {}

    private static final class Probe {
        private static final boolean OFFERED = offered();

        private static boolean offered() {
            if (!System.getProperty("os.name", "").equals("Linux")) {
                return false;
            }
            try {
                List<String> command = new ArrayList<>(PREFIX);
                command.add("true");
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
                process.destroyForcibly();
                return ended && process.exitValue() == 0;
            } catch (IOException e) {
                return false; // there is no setpriv
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    /** Whether this system offers it. */
    public static boolean offered() {
        return Probe.OFFERED;
    }

    /** The command that runs this one under the signal; the command itself where that is not offered. */
    public static List<String> on(List<String> command) {
        if (!offered()) {
            return command;
        }
        List<String> all = new ArrayList<>(PREFIX);
        all.addAll(command);
        return all;
    }
}
