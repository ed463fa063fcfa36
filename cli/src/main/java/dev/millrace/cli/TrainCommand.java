package dev.millrace.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/**
 * Runs the usual commands once, on a store that is thrown away. The start script records which classes that takes, so that
 * later starts find them ready.
 */
@Command(name = "train", hidden = true)
final class TrainCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Override
    public Integer call() {
        String store = main.store().address();
        String id = UUID.randomUUID().toString();
        int codes = 0;
        for (List<String> command : List.of(
                List.of("--help"),
                List.of("enqueue", "--help"),
                List.of("enqueue", "train", "{\"n\":[1.5,\"text\"]}", "--id", id, "--tag", "t", "--timeout", "30s"),
                List.of("enqueue", "train", "1", "--in", "5m", "--unique", "u", "--json"),
                List.of("worker", "--exec", "train=true", "--drain"),
                List.of("list"),
                List.of("list", "--json"),
                List.of("show", id),
                List.of("show", id.substring(24), "--json"),
                List.of("retry", id),
                List.of("cancel", "--tag", "t", "--yes"),
                List.of("stats"),
                List.of("queues"),
                List.of("queues", "default"),
                List.of("workers", "--closed"),
                List.of("pause", "default"),
                List.of("resume", "default"),
                List.of("delete", "--tag", "t", "--yes"),
                List.of("top", "--once"),
                List.of("stats", "--json"))) {
            codes |= run(store, command);
        }
        return codes;
    }

    private int run(String store, List<String> command) {
        CommandLine line = Main.commandLine(main.terminal(), command.toArray(String[]::new));
        line.setOut(new PrintWriter(Writer.nullWriter()));
        line.setErr(new PrintWriter(Writer.nullWriter()));
        return line.execute(
                Stream.concat(command.stream(), Stream.of("--store", store)).toArray(String[]::new));
    }
}
