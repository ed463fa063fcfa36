package dev.millrace.cli.look;

import dev.millrace.JobState;
import dev.millrace.Stats.QueueStats;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Table;
import dev.millrace.cli.out.Table.Cell;
import dev.millrace.spi.QueueLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Queues as a table, a row each, and as JSON. */
public final class QueueTable {
    private QueueTable() {}

    /** A table of queues; where room is scarce, the states that matter least are left out. */
    public static Table of(List<QueueStats> queues) {
        Table table = new Table(
                "QUEUE",
                ">READY",
                ">RUNNING",
                ">JOBS/S",
                ">OLDEST",
                ">FAILED",
                "?>SCHEDULED",
                "?>BLOCKED",
                "?>SUCCEEDED",
                "?>CANCELLED");
        for (QueueStats queue : queues) {
            List<Cell> cells = new ArrayList<>();
            cells.add(new Cell(
                    queue.name() + (queue.paused() ? " (paused)" : ""), queue.paused() ? Style.YELLOW : Style.PLAIN));
            cells.add(count(queue, JobState.READY));
            cells.add(count(queue, JobState.RUNNING));
            cells.add(Cell.of(rate(queue.work().perSecond())));
            cells.add(Cell.of(queue.oldestWaiting().map(Durations::human).orElse("-")));
            cells.add(count(queue, JobState.FAILED));
            cells.add(count(queue, JobState.SCHEDULED));
            cells.add(count(queue, JobState.BLOCKED));
            cells.add(count(queue, JobState.SUCCEEDED));
            cells.add(count(queue, JobState.CANCELLED));
            table.row(cells);
        }
        return table;
    }

    /** A queue as a JSON object; without "limits" where there are none. */
    static ObjectNode json(QueueStats queue, QueueLimits limits) {
        ObjectNode object = JsonMapper.shared().createObjectNode();
        object.put("name", queue.name());
        object.put("paused", queue.paused());
        ObjectNode counts = object.putObject("jobs");
        queue.counts().forEach((state, count) -> counts.put(JobJson.lower(state), count));
        queue.oldestWaiting().ifPresent(age -> object.put("oldestWaitingMillis", age.toMillis()));
        ObjectNode ready = object.putObject("readyKinds");
        queue.readyKinds().forEach(ready::put);
        object.set("work", WorkTable.json(queue.work()));
        if (!limits.equals(QueueLimits.NONE)) {
            object.set("limits", JsonMapper.shared().readTree(limits.encode()));
        }
        return object;
    }

    /** Jobs per second; "-" for none. */
    public static String rate(double perSecond) {
        if (perSecond == 0) {
            return "-";
        }
        return perSecond < 10
                ? String.format(Locale.ROOT, "%.1f", perSecond)
                : String.format(Locale.ROOT, "%,.0f", perSecond);
    }

    private static Cell count(QueueStats queue, JobState state) {
        long count = queue.count(state);
        Style style = count > 0 && state == JobState.FAILED ? Style.RED : Style.PLAIN;
        return new Cell(count == 0 ? "-" : String.format(Locale.ROOT, "%,d", count), style);
    }
}
