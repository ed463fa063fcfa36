package dev.millrace.cli.look;

import dev.millrace.Health;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Stats;
import dev.millrace.Stats.QueueStats;
import dev.millrace.Stats.WorkerInfo;
import dev.millrace.cli.Main;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.Moments;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Table;
import dev.millrace.spi.StoreInfo;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Shows what is in the store, who works on it, and whether all is well. */
@Command(
        name = "stats",
        description = "Show how many jobs there are, who works on them, and whether all is well.",
        mixinStandardHelpOptions = true)
public final class StatsCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Millrace millrace = main.store().openToLook()) {
            Stats stats = millrace.stats();
            Health health = millrace.health();
            StoreInfo info = millrace.store().info();
            if (json) {
                out.println(json(
                        stats,
                        AllLimits.read(millrace),
                        health,
                        info,
                        main.store().shown()));
            } else {
                print(stats, health, out);
                out.println(Style.DIM.of(
                        main.store().shown() + ", " + info.engine() + " " + info.version() + ", survives "
                                + info.durability(),
                        main.terminal().colours()));
            }
        }
        return 0;
    }

    private void print(Stats stats, Health health, PrintWriter out) {
        Table queues = QueueTable.of(stats.queues());
        if (queues.isEmpty()) {
            out.println("no jobs");
        } else {
            queues.print(out, main.terminal());
        }
        out.println();
        if (stats.work().processed() > 0) {
            WorkTable.of(stats).print(out, main.terminal());
            out.println();
        }
        workers(stats, out);
        out.println(HealthCommand.line(health, main.terminal().colours()));
    }

    private void workers(Stats stats, PrintWriter out) {
        if (stats.workers().isEmpty()) {
            out.println("no workers");
            return;
        }
        Table workers = new Table("WORKER", ">HOLDS", ">DONE", ">JOBS/S", ">95 % RAN", "HEARD OF", "KINDS");
        for (WorkerInfo worker : stats.workers()) {
            workers.row(
                    worker.name(),
                    Integer.toString(worker.claims()),
                    String.format("%,d", worker.work().succeeded()),
                    QueueTable.rate(worker.work().perSecond()),
                    Durations.human(worker.work().runTime().p95()),
                    Moments.distance(worker.heardAt(), stats.at()),
                    String.join(", ", worker.told().kinds()));
        }
        workers.print(out, main.terminal());
        out.println();
    }

    private static ObjectNode json(Stats stats, AllLimits limits, Health health, StoreInfo info, String store) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("at", stats.at().toString());
        json.put("store", store);
        json.put("engine", info.engine());
        json.put("perSecond", stats.perSecond());
        json.set("work", WorkTable.json(stats.work()));
        ObjectNode totals = json.putObject("jobs");
        for (JobState state : JobState.values()) {
            totals.put(JobJson.lower(state), stats.count(state));
        }
        var queues = json.putArray("queues");
        for (QueueStats queue : stats.queues()) {
            queues.add(QueueTable.json(queue, limits.of(queue.name())));
        }
        var workers = json.putArray("workers");
        for (WorkerInfo worker : stats.workers()) {
            ObjectNode object = workers.addObject();
            object.put("session", worker.session().toString());
            object.put("name", worker.name());
            object.put("heardAt", worker.heardAt().toString());
            object.put("claims", worker.claims());
            object.set("work", WorkTable.json(worker.work()));
            object.set("status", JobJson.status(worker.status()));
        }
        json.set("health", HealthCommand.json(health));
        return json;
    }
}
