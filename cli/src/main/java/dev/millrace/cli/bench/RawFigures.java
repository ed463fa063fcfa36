package dev.millrace.cli.bench;

import org.jspecify.annotations.Nullable;

/** What the bare engine does per second: the best of three runs, since noise of the machine is not to flatter us. */
final class RawFigures {
    private static final int RUNS = 3;
    private static final int BULK = 1_000;

    private RawFigures() {}

    /** Jobs settled and claimed; null where there is no bare engine. */
    static @Nullable Double settleAndClaim(Engine engine, int jobs) throws Exception {
        return best(engine, raw -> {
            raw.insert(BULK, jobs / 4);
            raw.process();
            raw.insert(BULK, jobs);
            long start = System.nanoTime();
            return raw.process() / seconds(start);
        });
    }

    /** Jobs stored, so many per durable write; null where there is no bare engine. */
    static @Nullable Double inserts(Engine engine, int batch, int jobs) throws Exception {
        return best(engine, raw -> {
            raw.insert(batch, Math.max(batch, jobs / 4));
            long start = System.nanoTime();
            raw.insert(batch, jobs);
            return jobs / seconds(start);
        });
    }

    /** One measured run. */
    private interface Run {
        double perSecond(RawQueue raw) throws Exception;
    }

    private static @Nullable Double best(Engine engine, Run run) throws Exception {
        double best = 0;
        for (int i = 0; i < RUNS; i++) {
            try (RawQueue raw = engine.raw()) {
                if (raw == null) {
                    return null;
                }
                best = Math.max(best, run.perSecond(raw));
            }
        }
        return best;
    }

    private static double seconds(long sinceNanos) {
        return (System.nanoTime() - sinceNanos) / 1e9;
    }
}
