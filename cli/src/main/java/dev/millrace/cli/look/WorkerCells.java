package dev.millrace.cli.look;

import dev.millrace.WorkerStats;
import dev.millrace.WorkerStatus;
import dev.millrace.cli.out.Durations;

/** What a worker tells of itself, as cells of tables: empty where it tells nothing. */
public final class WorkerCells {
    private WorkerCells() {}

    /** Handlers at work, of how many at most: "3/16". */
    public static String running(WorkerStatus status) {
        return status.running().isPresent()
                ? status.running().getAsInt() + "/" + status.concurrency().orElse(0)
                : "";
    }

    /** 95 of 100 took no longer; empty before the first. */
    public static String p95(WorkerStats.Time time) {
        return time.p95().isZero() ? "" : Durations.human(time.p95());
    }
}
