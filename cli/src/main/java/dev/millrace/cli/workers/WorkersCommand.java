package dev.millrace.cli.workers;

import dev.millrace.Millrace;
import dev.millrace.WorkerStatus;
import dev.millrace.cli.Main;
import dev.millrace.cli.look.QueueTable;
import dev.millrace.cli.look.WorkerCells;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.Moments;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Table;
import dev.millrace.cli.out.Table.Cell;
import dev.millrace.spi.SessionRecord;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Shows workers; its subcommands tell them something. */
@Command(
        name = "workers",
        description =
                "Show the workers that are at work, wherever they run; or tell them to be quiet, to go on, to stop.",
        mixinStandardHelpOptions = true,
        subcommands = {QuietCommand.class, GoOnCommand.class, StopCommand.class})
public final class WorkersCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--closed", description = "Also those that stopped or were given up in the last hour.")
    private boolean closed;

    @Option(names = "--json", description = "Print one JSON object a line for each worker.")
    private boolean json;

    Main main() {
        return main;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Millrace millrace = main.store().openToLook()) {
            List<SessionRecord> sessions = millrace.store().sessions().stream()
                    .filter(session -> closed || session.closedAt() == null)
                    .sorted(Comparator.comparing(SessionRecord::openedAt))
                    .toList();
            Instant now = millrace.store().now();
            if (json) {
                sessions.forEach(session -> out.println(json(session)));
            } else if (sessions.isEmpty()) {
                spec.commandLine().getErr().println("millrace: no workers: start one with millrace worker");
            } else {
                print(sessions, now, out);
            }
        }
        return 0;
    }

    private void print(List<SessionRecord> sessions, Instant now, PrintWriter out) {
        Table table = new Table(
                "WORKER",
                "IS",
                ">RUNNING",
                "?>HOLDS",
                ">JOBS/S",
                "?>P95 RUN",
                "HEARD OF",
                "?SINCE",
                "?QUEUES",
                "KINDS");
        for (SessionRecord session : sessions) {
            WorkerStatus status = WorkerStatus.parse(session.status());
            boolean silent = status.silent(session.heardAt(), now);
            boolean ended = session.closedAt() != null;
            table.row(List.of(
                    Cell.of(session.worker()),
                    ended ? new Cell("closed", Style.DIM) : new Cell(status.phase(), phase(status.phase())),
                    Cell.of(ended ? "" : WorkerCells.running(status)),
                    Cell.of(ended ? "" : Integer.toString(session.claims())),
                    Cell.of(ended ? "" : QueueTable.rate(status.work().perSecond())),
                    Cell.of(WorkerCells.p95(status.work().runTime())),
                    new Cell(Moments.distance(session.heardAt(), now), silent && !ended ? Style.RED : Style.PLAIN),
                    Cell.of(Moments.brief(session.openedAt(), now)),
                    Cell.of(status.queues().isEmpty() ? "all" : String.join(", ", status.queues())),
                    Cell.of(String.join(", ", status.kinds()))));
        }
        table.print(out, main.terminal());
    }

    private static Style phase(String phase) {
        return phase.equals("started") ? Style.PLAIN : Style.YELLOW;
    }

    private static ObjectNode json(SessionRecord session) {
        ObjectNode object = JsonMapper.shared().createObjectNode();
        object.put("session", session.id().toString());
        object.put("name", session.worker());
        object.put("openedAt", session.openedAt().toString());
        object.put("heardAt", session.heardAt().toString());
        JobJson.put(object, "closedAt", session.closedAt());
        object.put("claims", session.claims());
        object.set("status", JobJson.status(session.status()));
        return object;
    }
}
