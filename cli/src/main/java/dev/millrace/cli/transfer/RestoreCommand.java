package dev.millrace.cli.transfer;

import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import dev.millrace.cli.Refusal;
import java.io.PrintWriter;
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

/** Reads what {@link BackupCommand} wrote. */
@Command(
        name = "restore",
        description = {
            "Store what a backup holds.",
            "",
            "A file that is damaged or cut off is noticed before anything of it is stored. What is there already is left alone,"
                    + " so it may be repeated. Jobs that were running become ready."
        },
        mixinStandardHelpOptions = true)
public final class RestoreCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A file that millrace backup wrote.")
    private Path file = Path.of("");

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        main.store().refuseMemory();
        if (!Files.isReadable(file)) {
            throw new Refusal("there is no backup to read at " + file + ": nothing was stored");
        }
        PrintWriter out = spec.commandLine().getOut();
        long taken;
        try (ProgressLine progress = new ProgressLine(spec.commandLine().getErr(), main.terminal());
                Millrace millrace = main.store().open()) {
            taken = millrace.restore(file, progress);
        }
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("store", main.store().shown());
            object.put("file", file.toString());
            object.put("taken", taken);
            out.println(object);
        } else {
            out.printf(
                    "%,d jobs and notes of %s were new to %s%n",
                    taken, file, main.store().shown());
        }
        return 0;
    }
}
