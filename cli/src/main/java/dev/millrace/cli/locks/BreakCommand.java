package dev.millrace.cli.locks;

import dev.millrace.Millrace;
import dev.millrace.cli.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Takes locks away from their holders. */
@Command(
        name = "break",
        description =
                "Free locks whose holders are dead before their time is over. A holder that lives is not stopped: it"
                        + " learns of it when it renews the lock, and until then two may be at work.",
        mixinStandardHelpOptions = true)
final class BreakCommand implements Callable<Integer> {
    @ParentCommand
    private LocksCommand locks;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "The locks' names.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--json", description = "Print one JSON object a line for each lock.")
    private boolean json;

    @Override
    public Integer call() {
        try (Millrace millrace = locks.main().store().openExisting()) {
            List<String> free = new ArrayList<>();
            for (String name : names) {
                if (millrace.breakLock(name)) {
                    print(name);
                } else {
                    free.add(name);
                }
            }
            if (!free.isEmpty()) {
                throw new Refusal("nobody holds " + String.join(", ", free) + ": see millrace locks");
            }
        }
        return 0;
    }

    private void print(String name) {
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("name", name);
            object.put("broken", true);
            spec.commandLine().getOut().println(object);
        } else {
            spec.commandLine().getOut().println(name + " is free");
        }
    }
}
