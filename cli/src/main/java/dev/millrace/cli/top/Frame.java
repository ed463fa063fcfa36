package dev.millrace.cli.top;

import dev.millrace.Health;
import dev.millrace.JobState;
import dev.millrace.Stats;
import dev.millrace.Stats.QueueStats;
import dev.millrace.Stats.WorkerInfo;
import dev.millrace.WorkerStatus;
import dev.millrace.cli.look.HealthCommand;
import dev.millrace.cli.look.QueueTable;
import dev.millrace.cli.look.WorkerCells;
import dev.millrace.cli.out.Moments;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Table;
import dev.millrace.cli.out.Table.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One picture of queues and workers.
 *
 * @param store the store, as it may be shown
 * @param stats what is in it
 * @param health whether all is well
 */
record Frame(String store, Stats stats, Health health) {
    /** Lines that are no rows of a table. */
    private static final int AROUND = 6;

    /** The queues, in the order they are shown. */
    List<String> queues() {
        return stats.queues().stream().map(QueueStats::name).toList();
    }

    /**
     * Its lines.
     *
     * @param columns none takes more
     * @param rows at most so many
     * @param chosen the queue that is chosen; null for none
     */
    List<String> lines(int columns, int rows, boolean colours, @Nullable String chosen) {
        List<String> lines = new ArrayList<>();
        lines.add(cut(
                Style.BOLD.of("millrace", colours) + "  " + store + "  "
                        + Moments.exact(stats.at()).substring(11, 19),
                columns,
                colours));
        lines.add(cut(totals(colours), columns, colours));
        lines.add(cut(HealthCommand.line(health, colours), columns, colours));
        lines.add("");
        int room = Math.max(2, rows - AROUND - 1);
        int forWorkers = Math.min(stats.workers().size() + 1, Math.max(2, room / 2));
        queues(lines, columns, Math.max(1, room - forWorkers), colours, chosen);
        lines.add("");
        workers(lines, columns, forWorkers, colours);
        return lines;
    }

    private String totals(boolean colours) {
        long failed = stats.count(JobState.FAILED);
        String failures = "failed " + number(failed);
        return QueueTable.rate(stats.perSecond()) + " jobs/s   running " + number(stats.count(JobState.RUNNING))
                + "   ready " + number(stats.count(JobState.READY)) + "   scheduled "
                + number(stats.count(JobState.SCHEDULED)) + "   "
                + (failed > 0 ? Style.RED.of(failures, colours) : failures);
    }

    private void queues(List<String> lines, int columns, int room, boolean colours, @Nullable String chosen) {
        if (stats.queues().isEmpty()) {
            lines.add("no queues yet");
            return;
        }
        List<String> table = QueueTable.of(stats.queues()).lines(columns, colours);
        int at = chosen == null ? 0 : Math.max(0, queues().indexOf(chosen));
        int first = Math.max(0, Math.min(at - room / 2, stats.queues().size() - room));
        lines.add(table.get(0));
        for (int i = first; i < Math.min(stats.queues().size(), first + room); i++) {
            String row = table.get(i + 1);
            boolean here = stats.queues().get(i).name().equals(chosen);
            lines.add(here ? Style.CHOSEN.of(plain(row), colours) : row);
        }
    }

    private void workers(List<String> lines, int columns, int room, boolean colours) {
        if (stats.workers().isEmpty()) {
            lines.add(Style.YELLOW.of("no workers", colours));
            return;
        }
        Table table = new Table("WORKER", "IS", ">RUNNING", ">JOBS/S", "?>P95 RUN", "?>P95 WAIT", "HEARD OF", "?KINDS");
        for (WorkerInfo worker : stats.workers()) {
            WorkerStatus status = worker.told();
            boolean silent = worker.silent(stats.at());
            table.row(List.of(
                    Cell.of(worker.name()),
                    Cell.of(status.phase()),
                    Cell.of(WorkerCells.running(status)),
                    Cell.of(QueueTable.rate(worker.work().perSecond())),
                    Cell.of(WorkerCells.p95(worker.work().runTime())),
                    Cell.of(WorkerCells.p95(worker.work().waitTime())),
                    new Cell(Moments.distance(worker.heardAt(), stats.at()), silent ? Style.RED : Style.PLAIN),
                    Cell.of(String.join(", ", status.kinds()))));
        }
        List<String> all = table.lines(columns, colours);
        lines.addAll(all.subList(0, Math.min(all.size(), room)));
        if (all.size() > room) {
            lines.set(lines.size() - 1, "… " + (all.size() - room + 1) + " more workers");
        }
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** A line that is too long is shown cut, and then without colours. */
    static String cut(String line, int columns, boolean colours) {
        String plain = plain(line);
        String cut = new Table("").row(plain).lines(columns, false).get(0);
        return cut.equals(plain) ? line : cut;
    }

    private static String plain(String line) {
        return line.replaceAll("\u001b\\[[0-9;]*m", "");
    }
}
