package dev.millrace.cli.bench;

import dev.millrace.Worker;
import dev.millrace.cli.bench.Engine.Site;

/**
 * How many jobs go through per second, everything at its default. In memory they are enqueued in bulk while the worker runs;
 * elsewhere the queue is filled before, and time counts from the first handler to the last job settled in the store.
 */
record Processing(Engine engine) implements Row {
    private static final int USUAL_MEMORY = 500_000;
    private static final int USUAL = 200_000;

    @Override
    public String name() {
        return engine.name() + "-process";
    }

    @Override
    public String what() {
        return engine.inMemory() ? "enqueue in bulk and process, at once" : "process a filled queue";
    }

    @Override
    public Result measure(Setting setting) throws Exception {
        int jobs = setting.jobs(engine.inMemory() ? USUAL_MEMORY : USUAL);
        int few = Math.max(1, jobs / 4);
        Result result = engine.inMemory()
                ? setting.median(() -> streamed(jobs), () -> streamed(jobs))
                : setting.median(() -> filled(few), () -> filled(jobs));
        return result.withRaw(RawFigures.settleAndClaim(engine, few));
    }

    @SuppressWarnings("try") // the worker works by being open
    private Result streamed(int jobs) throws Exception {
        Tally tally = new Tally(jobs);
        try (Site site = engine.open();
                Worker worker = site.millrace()
                        .worker()
                        .handle(Tally.NOOP, (payload, job) -> tally.ran(payload))
                        .start()) {
            long start = System.nanoTime();
            site.millrace().enqueueEach(tally.requests());
            tally.awaitSettled(site.millrace());
            return result(tally, site, System.nanoTime() - start, jobs);
        }
    }

    @SuppressWarnings("try") // the worker works by being open
    private Result filled(int jobs) throws Exception {
        Tally tally = new Tally(jobs);
        try (Site site = engine.open()) {
            site.millrace().enqueueEach(tally.requests());
            try (Worker worker = site.millrace()
                    .worker()
                    .handle(Tally.NOOP, (payload, job) -> tally.ran(payload))
                    .start()) {
                tally.awaitSettled(site.millrace());
                return result(tally, site, System.nanoTime() - tally.firstNanos(), jobs);
            }
        }
    }

    private static Result result(Tally tally, Site site, long nanos, int jobs) {
        return Result.of(jobs / (nanos / 1e9), "jobs/s").withFaults(tally.duplicates(), tally.lost(site.millrace()));
    }
}
