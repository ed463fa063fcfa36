package dev.millrace.cli;

import dev.millrace.Health;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Stats;
import dev.millrace.Stats.QueueStats;
import dev.millrace.Stats.Work;
import dev.millrace.Stats.WorkerInfo;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.Moments;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Table;
import dev.millrace.cli.out.Table.Cell;
import dev.millrace.spi.StoreInfo;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Shows what is in the store, who works on it, and whether all is well. */
@Command(
        name = "stats",
        description = "Show how many jobs there are, who works on them, and whether all is well.",
        mixinStandardHelpOptions = true)
final class StatsCommand implements Callable<Integer> {
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
                out.println(json(stats, health, info, main.store().shown()));
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
        List<String> titles = new ArrayList<>(List.of("QUEUE"));
        for (JobState state : JobState.values()) {
            titles.add(">" + state);
        }
        titles.add("OLDEST");
        Table queues = new Table(titles.toArray(String[]::new));
        for (QueueStats queue : stats.queues()) {
            List<Cell> cells = new ArrayList<>();
            cells.add(Cell.of(queue.name() + (queue.paused() ? " (paused)" : "")));
            for (JobState state : JobState.values()) {
                long count = queue.count(state);
                Style style = count > 0 && state == JobState.FAILED ? Style.RED : Style.PLAIN;
                cells.add(new Cell(count == 0 ? "-" : String.format("%,d", count), style));
            }
            cells.add(Cell.of(queue.oldestWaiting().map(Durations::human).orElse("")));
            queues.row(cells);
        }
        if (queues.isEmpty()) {
            out.println("no jobs");
        } else {
            queues.print(out, main.terminal());
        }
        out.println();
        work(stats, out);
        workers(stats, out);
        Style style = switch (health.status()) {
            case HEALTHY -> Style.GREEN;
            case DEGRADED -> Style.YELLOW;
            case UNHEALTHY -> Style.RED;
        };
        out.println(style.of(
                        JobJson.lower(health.status()) + " (" + health.score() + ")",
                        main.terminal().colours())
                + (health.reasons().isEmpty() ? "" : ": " + String.join("; ", health.reasons())));
    }

    private void work(Stats stats, PrintWriter out) {
        if (stats.work().processed() == 0) {
            return;
        }
        Table table =
                new Table("QUEUE", ">DONE", ">FAILED", ">RETRIED", ">JOBS/S", ">RAN", ">95 %", ">WAITED", ">95 %");
        for (QueueStats queue : stats.queues()) {
            if (queue.work().processed() > 0) {
                table.row(work(queue.name(), queue.work()));
            }
        }
        if (stats.queues().size() > 1) {
            table.row(work("in all", stats.work()));
        }
        table.print(out, main.terminal());
        out.println();
    }

    private static String[] work(String name, Work work) {
        return new String[] {
            name,
            String.format("%,d", work.succeeded()),
            String.format("%,d", work.failed()),
            String.format("%,d", work.retried()),
            String.format("%,.0f", work.perSecond()),
            Durations.human(work.runTime().mean()),
            Durations.human(work.runTime().p95()),
            Durations.human(work.waitTime().mean()),
            Durations.human(work.waitTime().p95())
        };
    }

    private void workers(Stats stats, PrintWriter out) {
        if (stats.workers().isEmpty()) {
            out.println("no workers");
            return;
        }
        Table workers = new Table("WORKER", ">HOLDS", ">DONE", ">JOBS/S", ">95 % RAN", "HEARD OF", "KINDS");
        for (WorkerInfo worker : stats.workers()) {
            JsonNode status = status(worker);
            List<String> kinds = new ArrayList<>();
            status.path("kinds").forEach(kind -> kinds.add(kind.asString("")));
            workers.row(
                    worker.name(),
                    Integer.toString(worker.claims()),
                    String.format("%,d", worker.work().succeeded()),
                    String.format("%,.0f", worker.work().perSecond()),
                    Durations.human(worker.work().runTime().p95()),
                    Moments.distance(worker.heardAt(), stats.at()),
                    String.join(", ", kinds));
        }
        workers.print(out, main.terminal());
        out.println();
    }

    private static ObjectNode json(Stats stats, Health health, StoreInfo info, String store) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("at", stats.at().toString());
        json.put("store", store);
        json.put("engine", info.engine());
        json.put("perSecond", stats.perSecond());
        json.set("work", json(stats.work()));
        ObjectNode totals = json.putObject("jobs");
        for (JobState state : JobState.values()) {
            totals.put(JobJson.lower(state), stats.count(state));
        }
        var queues = json.putArray("queues");
        for (QueueStats queue : stats.queues()) {
            ObjectNode object = queues.addObject();
            object.put("name", queue.name());
            object.put("paused", queue.paused());
            ObjectNode counts = object.putObject("jobs");
            queue.counts().forEach((state, count) -> counts.put(JobJson.lower(state), count));
            queue.oldestWaiting().ifPresent(age -> object.put("oldestWaitingMillis", age.toMillis()));
            ObjectNode ready = object.putObject("readyKinds");
            queue.readyKinds().forEach(ready::put);
            object.set("work", json(queue.work()));
        }
        var workers = json.putArray("workers");
        for (WorkerInfo worker : stats.workers()) {
            ObjectNode object = workers.addObject();
            object.put("session", worker.session().toString());
            object.put("name", worker.name());
            object.put("heardAt", worker.heardAt().toString());
            object.put("claims", worker.claims());
            object.set("work", json(worker.work()));
            object.set("status", status(worker));
        }
        ObjectNode state = json.putObject("health");
        state.put("status", JobJson.lower(health.status()));
        state.put("score", health.score());
        health.reasons().forEach(state.putArray("reasons")::add);
        return json;
    }

    private static ObjectNode json(Work work) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("processed", work.processed());
        json.put("succeeded", work.succeeded());
        json.put("failed", work.failed());
        json.put("retried", work.retried());
        json.put("perSecond", work.perSecond());
        json.put("meanRunMicros", work.runTime().mean().toNanos() / 1_000);
        json.put("p95RunMicros", work.runTime().p95().toNanos() / 1_000);
        json.put("meanWaitMicros", work.waitTime().mean().toNanos() / 1_000);
        json.put("p95WaitMicros", work.waitTime().p95().toNanos() / 1_000);
        return json;
    }

    private static JsonNode status(WorkerInfo worker) {
        try {
            return JsonMapper.shared().readTree(worker.status());
        } catch (JacksonException e) {
            return JsonMapper.shared().createObjectNode(); // another version's worker: what it tells is not known here
        }
    }
}
