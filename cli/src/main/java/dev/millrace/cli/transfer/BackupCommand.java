package dev.millrace.cli.transfer;

import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes everything into a file. */
@Command(
        name = "backup",
        description = {
            "Write all jobs, with their history, and all settings into a file that can be restored into any engine.",
            "",
            "Workers may go on: each job is written as it stands when its turn comes. The file is replaced once the new one is"
                    + " whole and on disk."
        },
        mixinStandardHelpOptions = true)
public final class BackupCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "Where to write it, as in jobs.millrace.")
    private Path file = Path.of("");

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        main.store().refuseMemory();
        PrintWriter out = spec.commandLine().getOut();
        long jobs;
        try (ProgressLine progress = new ProgressLine(spec.commandLine().getErr(), main.terminal());
                Millrace millrace = main.store().openToLook()) {
            jobs = millrace.backup(file, progress);
        }
        long bytes = size();
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("store", main.store().shown());
            object.put("file", file.toString());
            object.put("jobs", jobs);
            object.put("bytes", bytes);
            out.println(object);
        } else {
            out.printf(
                    "%,d jobs of %s are in %s (%,d bytes)%n", jobs, main.store().shown(), file, bytes);
        }
        return 0;
    }

    private long size() {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
