package dev.millrace.cli.operate;

import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import dev.millrace.cli.out.Durations;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Gives space back. */
@Command(
        name = "optimize",
        description =
                "Give space back to the system, and refresh the engine's own statistics. Workers may go on; on a large"
                        + " store it may take minutes.",
        mixinStandardHelpOptions = true)
public final class OptimizeCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        long begun = System.nanoTime();
        try (Millrace millrace = main.store().openExisting()) {
            millrace.optimize();
        }
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("store", main.store().shown());
            object.put("optimized", true);
            spec.commandLine().getOut().println(object.put("millis", took.toMillis()));
        } else {
            spec.commandLine().getOut().println("optimized " + main.store().shown() + " in " + Durations.human(took));
        }
        return 0;
    }
}
