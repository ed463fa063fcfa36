package dev.millrace.testkit.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Signals to a process and to those it started: PostgreSQL, for one, is a process per connection. */
final class Signals {
    private Signals() {}

    /** Sends a signal to each; those that are gone already are passed over. */
    static void send(String signal, Collection<ProcessHandle> processes) {
        if (processes.isEmpty()) {
            return;
        }
        String pids =
                processes.stream().map(process -> Long.toString(process.pid())).collect(Collectors.joining(" "));
        try {
            new ProcessBuilder("sh", "-c", "for p in " + pids + "; do kill -" + signal + " $p 2>/dev/null; done; true")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "SIG" + signal + " could not be sent to " + pids + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while SIG" + signal + " was sent to " + pids, e);
        }
    }

    /**
     * Sends a signal that halts a process, to the whole tree: the root first, so that it starts nothing more, then again until
     * no new process is found.
     *
     * @return all that were found
     */
    static Set<ProcessHandle> sendToTree(String signal, ProcessHandle root) {
        Set<ProcessHandle> reached = new LinkedHashSet<>();
        List<ProcessHandle> found = List.of(root);
        while (!found.isEmpty()) {
            List<ProcessHandle> offspring =
                    found.stream().flatMap(ProcessHandle::descendants).toList();
            send(signal, found);
            reached.addAll(found);
            found = Stream.concat(offspring.stream(), root.descendants())
                    .filter(process -> !reached.contains(process))
                    .distinct()
                    .toList();
        }
        return reached;
    }

    /** Whether a process is no more. One that has ended, but was not collected by its parent, is no more either. */
    static boolean gone(ProcessHandle process) {
        if (!process.isAlive()) {
            return true;
        }
        try {
            String stat = new String(
                    Files.readAllBytes(Path.of("/proc", Long.toString(process.pid()), "stat")),
                    StandardCharsets.ISO_8859_1);
            char state = stat.charAt(stat.lastIndexOf(')') + 2); // the name, in brackets, may have any characters
            return state == 'Z' || state == 'X';
        } catch (IOException e) {
            return !process.isAlive();
        }
    }
}
