package dev.millrace.cli.locks;

import dev.millrace.LockInfo;
import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import dev.millrace.cli.out.Moments;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Table;
import dev.millrace.cli.out.Table.Cell;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Shows locks; its subcommand takes them away. */
@Command(
        name = "locks",
        description = "Show the locks that are held, and by whom; or take one away from a holder that is dead.",
        mixinStandardHelpOptions = true,
        subcommands = BreakCommand.class)
public final class LocksCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object a line for each lock.")
    private boolean json;

    Main main() {
        return main;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Millrace millrace = main.store().openToLook()) {
            List<LockInfo> locks = millrace.locks();
            if (json) {
                locks.forEach(lock -> out.println(json(lock)));
            } else if (locks.isEmpty()) {
                spec.commandLine().getErr().println("millrace: no lock is held");
            } else {
                print(locks, millrace.store().now(), out);
            }
        }
        return 0;
    }

    private void print(List<LockInfo> locks, Instant now, PrintWriter out) {
        Table table = new Table("LOCK", "HELD BY", ">TOKEN", "?SINCE", "RUNS OUT");
        for (LockInfo lock : locks) {
            table.row(List.of(
                    Cell.of(lock.name()),
                    Cell.of(lock.owner()),
                    Cell.of(Long.toString(lock.token())),
                    new Cell(Moments.brief(lock.since(), now), Style.DIM),
                    Cell.of(Moments.distance(lock.expiresAt(), now))));
        }
        table.print(out, main.terminal());
    }

    private static ObjectNode json(LockInfo lock) {
        ObjectNode object = JsonMapper.shared().createObjectNode();
        object.put("name", lock.name());
        object.put("owner", lock.owner());
        object.put("token", lock.token());
        object.put("since", lock.since().toString());
        object.put("expiresAt", lock.expiresAt().toString());
        object.put("takes", lock.takes());
        return object;
    }
}
