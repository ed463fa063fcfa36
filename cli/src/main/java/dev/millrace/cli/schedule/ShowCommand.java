package dev.millrace.cli.schedule;

import dev.millrace.Millrace;
import dev.millrace.ScheduleInfo;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.Moments;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Table;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Shows a schedule. */
@Command(
        name = "show",
        description = "Show a schedule: its ticks, where it stands, what it makes.",
        mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {
    private static final int TICKS = 5;

    @ParentCommand
    private ScheduleCommand schedules;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The schedule's name.")
    private String name = "";

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Millrace millrace = schedules.main().store().openToLook()) {
            ScheduleInfo schedule = millrace.schedule(name).info().orElseThrow(() -> NamedSchedules.none(name));
            if (json) {
                out.println(ScheduleJson.detailed(schedule, TICKS));
            } else {
                print(schedule, millrace.store().now(), out);
                Idle.tell(List.of(schedule), millrace, spec);
            }
        }
        return 0;
    }

    private void print(ScheduleInfo schedule, Instant now, PrintWriter out) {
        boolean colours = schedules.main().terminal().colours();
        out.println(Style.BOLD.of(schedule.name(), colours)
                + (schedule.paused()
                        ? Style.YELLOW.of(" (paused: millrace schedule resume " + schedule.name() + ")", colours)
                        : ""));
        Table table = new Table("", "");
        table.row("  ticks", schedule.recurrence().ticks());
        table.row("  missed", JobJson.lower(schedule.recurrence().missed()));
        table.row("  overlap", JobJson.lower(schedule.recurrence().overlap()));
        List<Instant> next = schedule.nextTicks(TICKS);
        for (int i = 0; i < next.size(); i++) {
            table.row(i == 0 ? "  next" : "", time(next.get(i), schedule, now));
        }
        schedule.lastTick().ifPresent(tick -> table.row("  last", time(tick, schedule, now)));
        schedule.leftOut().ifPresent(tick -> table.row("  left out", time(tick, schedule, now)));
        schedule.lastJob().ifPresent(job -> table.row("  last job", job.toString()));
        table.row("  kind", schedule.kind());
        table.row(
                "  queue",
                schedule.queue()
                        + (schedule.job().priority() == 0
                                ? ""
                                : ", priority " + schedule.job().priority()));
        var labels = schedule.job().labels();
        if (!labels.tags().isEmpty()) {
            table.row("  tags", String.join(", ", new TreeSet<>(labels.tags())));
        }
        new TreeMap<>(labels.meta()).forEach((key, value) -> table.row("  meta", key + " = " + value));
        table.row("  payload", JobJson.payload(schedule).toString());
        table.print(out, schedules.main().terminal());
    }

    private static String time(Instant tick, ScheduleInfo schedule, Instant now) {
        return ScheduleTimes.shown(tick, schedule.recurrence()) + "  " + Moments.distance(tick, now);
    }
}
