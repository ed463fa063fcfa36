package dev.millrace.cli.look;

import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Stats;
import dev.millrace.Stats.QueueStats;
import dev.millrace.Stats.WorkerInfo;
import dev.millrace.cli.Main;
import dev.millrace.cli.Refusal;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Table;
import dev.millrace.spi.QueueLimits;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/** Shows queues: all in a table, or some in detail. */
@Command(
        name = "queues",
        subcommands = QueuesSetCommand.class,
        description = "Show queues: how many jobs are in each, how fast they go, how long the oldest has waited.",
        mixinStandardHelpOptions = true)
public final class QueuesCommand implements Callable<Integer> {
    private static final int NAMED = 10;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "NAME", description = "Show these in detail; all in a table if left out.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--json", description = "Print one JSON object a line for each queue.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Millrace millrace = main.store().openToLook()) {
            Stats stats = millrace.stats();
            List<QueueStats> queues = new ArrayList<>();
            for (String name : names) {
                queues.add(find(name, stats));
            }
            if (json) {
                AllLimits limits = AllLimits.read(millrace);
                for (QueueStats queue : names.isEmpty() ? stats.queues() : queues) {
                    ObjectNode object = QueueTable.json(queue, limits.of(queue.name()));
                    out.println(names.isEmpty() ? object : withWorkers(object, queue, stats));
                }
            } else if (!names.isEmpty()) {
                queues.forEach(queue -> print(queue, stats, millrace, out));
            } else if (stats.queues().isEmpty()) {
                spec.commandLine()
                        .getErr()
                        .println(
                                "millrace: no queues: a queue is there once it has had a job, or something is set for it");
            } else {
                QueueTable.of(stats.queues()).print(out, main.terminal());
            }
        }
        return 0;
    }

    Main main() {
        return main;
    }

    private static QueueStats find(String name, Stats stats) {
        return stats.queues().stream()
                .filter(queue -> queue.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new Refusal("there is no queue \"" + name + "\": " + known(stats)));
    }

    private static String known(Stats stats) {
        if (stats.queues().isEmpty()) {
            return "the store has none yet";
        }
        return "the store has "
                + stats.queues().stream().limit(NAMED).map(QueueStats::name).collect(Collectors.joining(", "))
                + (stats.queues().size() > NAMED ? ", … (see millrace queues)" : "");
    }

    /** Those that are heard of and serve it. */
    private static List<WorkerInfo> serving(QueueStats queue, Stats stats) {
        return stats.live().stream()
                .filter(worker -> worker.told().serves(queue.name()))
                .toList();
    }

    private static ObjectNode withWorkers(ObjectNode object, QueueStats queue, Stats stats) {
        serving(queue, stats).forEach(worker -> object.withArray("workers").add(worker.name()));
        return object;
    }

    private void print(QueueStats queue, Stats stats, Millrace millrace, PrintWriter out) {
        boolean colours = main.terminal().colours();
        out.println(Style.BOLD.of(queue.name(), colours)
                + (queue.paused() ? Style.YELLOW.of(" (paused: millrace resume " + queue.name() + ")", colours) : ""));
        Table table = new Table("", "");
        for (JobState state : JobState.values()) {
            if (queue.count(state) > 0) {
                table.row("  " + JobJson.lower(state), String.format(Locale.ROOT, "%,d", queue.count(state)));
            }
        }
        queue.oldestWaiting().ifPresent(age -> table.row("  oldest waits", Durations.human(age)));
        QueueLimits limits = millrace.queue(queue.name()).limits();
        if (!limits.equals(QueueLimits.NONE)) {
            table.row("  limits", LimitsText.of(limits));
        }
        table.row("  jobs/s", QueueTable.rate(queue.work().perSecond()));
        queue.readyKinds().entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                .forEach(kind -> table.row("  ready of kind", kind(kind, queue, stats)));
        List<WorkerInfo> workers = serving(queue, stats);
        table.row(
                "  workers",
                workers.isEmpty()
                        ? "none"
                        : workers.stream().map(WorkerInfo::name).collect(Collectors.joining(", ")));
        table.print(out, main.terminal());
    }

    private static String kind(Map.Entry<String, Long> kind, QueueStats queue, Stats stats) {
        boolean handled = stats.live().stream().anyMatch(worker -> worker.told().handles(queue.name(), kind.getKey()));
        return kind.getKey() + ": " + String.format(Locale.ROOT, "%,d", kind.getValue())
                + (handled ? "" : ", and no worker handles it");
    }
}
