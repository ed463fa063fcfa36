package dev.millrace.cli.look;

import dev.millrace.Stats;
import dev.millrace.Stats.QueueStats;
import dev.millrace.Stats.Work;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.Table;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What came of runs as a table, a row for each queue that had any, and as JSON. */
final class WorkTable {
    private WorkTable() {}

    /** A table of the queues, and of all together if they are several. */
    static Table of(Stats stats) {
        Table table =
                new Table("QUEUE", ">DONE", ">FAILED", ">RETRIED", ">JOBS/S", ">RAN", ">95 %", ">WAITED", ">95 %");
        for (QueueStats queue : stats.queues()) {
            if (queue.work().processed() > 0) {
                table.row(row(queue.name(), queue.work()));
            }
        }
        if (stats.queues().size() > 1) {
            table.row(row("in all", stats.work()));
        }
        return table;
    }

    private static String[] row(String name, Work work) {
        return new String[] {
            name,
            String.format(Locale.ROOT, "%,d", work.succeeded()),
            String.format(Locale.ROOT, "%,d", work.failed()),
            String.format(Locale.ROOT, "%,d", work.retried()),
            QueueTable.rate(work.perSecond()),
            Durations.human(work.runTime().mean()),
            Durations.human(work.runTime().p95()),
            Durations.human(work.waitTime().mean()),
            Durations.human(work.waitTime().p95())
        };
    }

    /** As a JSON object; times in microseconds. */
    static ObjectNode json(Work work) {
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
}
