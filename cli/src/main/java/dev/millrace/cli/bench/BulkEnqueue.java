package dev.millrace.cli.bench;

import dev.millrace.cli.bench.Engine.Site;

/** How many jobs per second can be enqueued in bulk, as a stream. */
record BulkEnqueue(Engine engine) implements Row {
    private static final int USUAL = 100_000;
    /** What {@code enqueueEach} stores at once. */
    private static final int CHUNK = 1_000;

    @Override
    public String name() {
        return engine.name() + "-enqueue-bulk";
    }

    @Override
    public String what() {
        return "enqueue as a stream";
    }

    @Override
    public Result measure(Setting setting) throws Exception {
        int jobs = setting.jobs(USUAL);
        Result result = setting.median(() -> run(jobs), () -> run(jobs));
        return result.withRaw(RawFigures.inserts(engine, CHUNK, jobs));
    }

    private Result run(int jobs) throws Exception {
        try (Site site = engine.open()) {
            Tally tally = new Tally(jobs);
            long start = System.nanoTime();
            site.millrace().enqueueEach(tally.requests());
            double seconds = (System.nanoTime() - start) / 1e9;
            long lost = jobs - SingleEnqueues.ready(site.millrace());
            return Result.of(jobs / seconds, "jobs/s").withFaults(Math.max(0, -lost), Math.max(0, lost));
        }
    }
}
