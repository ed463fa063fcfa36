package dev.millrace.cli.schedule;

import dev.millrace.Millrace;
import dev.millrace.ScheduleInfo;
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

/** Shows all schedules. */
@Command(name = "list", description = "Show the schedules there are, by name.", mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
    @ParentCommand
    private ScheduleCommand schedules;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object a line for each schedule.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Millrace millrace = schedules.main().store().openToLook()) {
            List<ScheduleInfo> all = millrace.schedules();
            if (json) {
                all.forEach(schedule -> out.println(ScheduleJson.of(schedule)));
            } else if (all.isEmpty()) {
                spec.commandLine().getErr().println("millrace: no schedules: make one with millrace schedule add");
            } else {
                print(all, millrace.store().now(), out);
                Idle.tell(all, millrace, spec);
            }
        }
        return 0;
    }

    private void print(List<ScheduleInfo> all, Instant now, PrintWriter out) {
        Table table = new Table("NAME", "NEXT", "TICKS", "?LAST", "KIND", "?QUEUE");
        for (ScheduleInfo schedule : all) {
            table.row(List.of(
                    Cell.of(schedule.name()),
                    schedule.nextTick()
                            .map(tick -> Cell.of((tick.isAfter(now) ? "" : "due ") + Moments.distance(tick, now)))
                            .orElse(new Cell("paused", Style.YELLOW)),
                    Cell.of(schedule.recurrence().ticks()),
                    Cell.of(schedule.lastTick()
                            .map(tick -> Moments.distance(tick, now))
                            .orElse("-")),
                    Cell.of(schedule.kind()),
                    Cell.of(schedule.queue())));
        }
        table.print(out, schedules.main().terminal());
    }
}
