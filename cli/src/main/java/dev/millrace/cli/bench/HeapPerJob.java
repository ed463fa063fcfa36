package dev.millrace.cli.bench;

import dev.millrace.cli.bench.Engine.Site;

/** How much heap a queued job takes beyond its payload: the used heap's growth after collections, per job. */
record HeapPerJob(Engine engine) implements Row {
    private static final int USUAL = 100_000;
    /** 50 characters and the quotes of JSON. */
    private static final int PAYLOAD = 52;

    @Override
    public String name() {
        return engine.name() + "-heap";
    }

    @Override
    public String what() {
        return "heap per queued job, beyond its payload";
    }

    @Override
    public Result measure(Setting setting) throws Exception {
        int jobs = setting.jobs(USUAL);
        try (Site warm = engine.open()) {
            warm.millrace().enqueueEach(new Tally(1_000).requests());
        }
        try (Site site = engine.open()) {
            long before = used();
            site.millrace().enqueueEach(new Tally(jobs).requests());
            long after = used();
            return Result.of((double) (after - before) / jobs - PAYLOAD, "bytes");
        }
    }

    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
