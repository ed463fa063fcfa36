package dev.millrace.benchmarks.vacuum;

import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.benchmarks.Database;
import dev.millrace.benchmarks.ResultFile;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * One run. Who enqueues and the worker have a store each, so that wake-ups go by the server, as between processes.
 *
 * <p>Its phases: before the transaction, while it is held open, and after.
 */
final class VacuumRun {
    private static final Duration STEP = Duration.ofSeconds(10);
    private static final Duration DRAIN = Duration.ofSeconds(60);
    private static final long MOST_NANOS = 3_600_000_000_000L;

    private final Database database;
    private final Duration length;
    private final int rate;
    private final ResultFile out;

    private final Recorder exchanges = new Recorder(MOST_NANOS, 3);
    private final Recorder pickUps = new Recorder(MOST_NANOS, 3);
    private final AtomicLong done = new AtomicLong();
    private final List<Phase> phases = new ArrayList<>(List.of(new Phase("before")));
    private final Map<String, Map<String, Long>> sizes = new LinkedHashMap<>();

    VacuumRun(Database database, Duration length, int rate, ResultFile out) {
        this.database = database;
        this.length = length;
        this.rate = rate;
        this.out = out;
    }

    /** Runs it; says whether every job that was stored has run once. */
    @SuppressWarnings("try") // the worker works by being open
    boolean run() throws Exception {
        try (Millrace enqueuing = Millrace.open(database.url());
                Millrace working = Millrace.builder(
                                TimedStore.of(Millrace.open(database.url()).store(), this::exchanged))
                        .open();
                Worker worker = working.worker()
                        .handle(SteadyLoad.NOOP, (called, job) -> handled(called))
                        .start();
                Tables tables = new Tables(database)) {
            long enqueued;
            long refused;
            try (SteadyLoad load = new SteadyLoad(enqueuing, rate)) {
                watch(load, tables);
                load.close();
                enqueued = load.enqueued();
                refused = load.refused();
            }
            boolean all = drained(enqueued);
            summary();
            out.print("");
            out.print(enqueued + " jobs stored, " + done.get() + " handlers ran, " + refused + " enqueues refused"
                    + (all ? "" : "; NOT ALL RAN within " + DRAIN.toSeconds() + " s of the last enqueue"));
            out.print("kept in " + out.path());
            return all && refused == 0 && done.get() == enqueued;
        }
    }

    private void exchanged(long nanos) {
        exchanges.recordValue(Math.min(nanos, MOST_NANOS));
    }

    private void handled(long called) {
        pickUps.recordValue(Math.min(Math.max(0, System.nanoTime() - called), MOST_NANOS));
        done.incrementAndGet();
    }

    private void watch(SteadyLoad load, Tables tables) throws SQLException {
        out.print("");
        out.print(Reading.head());
        long start = System.nanoTime();
        long hold = length.toNanos() / 4;
        long letGo = length.toNanos() * 3 / 4;
        @Nullable HeldSnapshot snapshot = null;
        long enqueuedBefore = 0;
        long doneBefore = 0;
        long before = start;
        try {
            for (long next = STEP.toNanos(); next <= length.toNanos(); next += STEP.toNanos()) {
                parkUntil(start + next);
                long now = System.nanoTime();
                long enqueued = load.enqueued();
                long ran = done.get();
                Reading reading = new Reading(
                        Duration.ofNanos(now - start),
                        (now - before) / 1e9,
                        enqueued - enqueuedBefore,
                        ran - doneBefore,
                        Math.max(0, enqueued - ran),
                        exchanges.getIntervalHistogram(),
                        pickUps.getIntervalHistogram(),
                        tables.job());
                phase().add(reading);
                out.print(reading.line(reading.clock() + (snapshot == null ? "" : "  held")));
                before = now;
                enqueuedBefore = enqueued;
                doneBefore = ran;
                if (snapshot == null && phases.size() == 1 && next >= hold) {
                    next("during", tables);
                    snapshot = new HeldSnapshot(database);
                } else if (snapshot != null && next >= letGo) {
                    next("after", tables);
                    snapshot.close();
                    snapshot = null;
                }
            }
            sizes.put(phase().name(), tables.largest());
        } finally {
            if (snapshot != null) {
                snapshot.close();
            }
        }
    }

    private Phase phase() {
        return phases.get(phases.size() - 1);
    }

    private void next(String name, Tables tables) throws SQLException {
        sizes.put(phase().name(), tables.largest());
        phases.add(new Phase(name));
    }

    private boolean drained(long enqueued) {
        long deadline = System.nanoTime() + DRAIN.toNanos();
        while (done.get() < enqueued && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(10_000_000);
        }
        return done.get() >= enqueued;
    }

    private void summary() {
        out.print("");
        out.print("Summary; tables as they were at the end of each part, backlog at its most:");
        out.print("");
        out.print(Reading.head());
        for (Phase phase : phases) {
            if (!phase.isEmpty()) {
                out.print(phase.sum().line(phase.name()));
                Phase end = phase.lastMinute();
                out.print(end.sum().line(end.name()));
            }
        }
        out.print("");
        out.print("The largest tables and indexes at the end of each part, in MiB:");
        sizes.forEach((phase, largest) -> {
            StringBuilder line = new StringBuilder(String.format("%-8s", phase));
            largest.forEach((name, bytes) -> line.append(' ')
                    .append(name)
                    .append(' ')
                    .append(Reading.mebibytes(bytes))
                    .append(','));
            out.print(line.substring(0, line.length() - 1));
        });
    }

    private static void parkUntil(long nanos) {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
