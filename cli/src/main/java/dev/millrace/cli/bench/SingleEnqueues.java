package dev.millrace.cli.bench;

import dev.millrace.Millrace;
import dev.millrace.cli.bench.Engine.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** How many jobs can be enqueued one by one from 16 threads, each call returning when its job is durable. */
record SingleEnqueues(Engine engine) implements Row {
    private static final int THREADS = 16;
    private static final int USUAL = 50_000;
    private static final long MOST_NANOS = 5_000_000_000L;

    @Override
    public String name() {
        return engine.name() + "-enqueue-single";
    }

    @Override
    public String what() {
        return "enqueue one by one from " + THREADS + " threads";
    }

    @Override
    public Result measure(Setting setting) throws Exception {
        int jobs = setting.jobs(USUAL);
        Result result = setting.median(() -> run(Math.max(THREADS, jobs / 4), setting), () -> run(jobs, setting));
        return result.withRaw(RawFigures.inserts(engine, THREADS, Math.min(jobs, 20_000)));
    }

    private Result run(int jobs, Setting setting) throws Exception {
        long most = setting.quick() ? MOST_NANOS / 10 : MOST_NANOS;
        AtomicInteger next = new AtomicInteger();
        AtomicInteger stored = new AtomicInteger();
        Histogram latency = new ConcurrentHistogram(3);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (Site site = engine.open()) {
            long start = System.nanoTime();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                all.add(threads.submit(() -> {
                    for (int n = next.getAndIncrement(); n < jobs; n = next.getAndIncrement()) {
                        long before = System.nanoTime();
                        if (before - start > most) {
                            return;
                        }
                        site.millrace().enqueue(Tally.NOOP, Tally.payload(n));
                        latency.recordValue(System.nanoTime() - before);
                        stored.incrementAndGet();
                    }
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            long lost = stored.get() - ready(site.millrace());
            return new Result(
                    stored.get() / seconds,
                    "jobs/s",
                    Result.Percentiles.of(latency),
                    Math.max(0, -lost),
                    Math.max(0, lost),
                    null);
        } finally {
            threads.shutdownNow();
        }
    }

    /** How many jobs there are. */
    static long ready(Millrace millrace) {
        return millrace.store().counts().stream()
                .mapToLong(count -> count.count())
                .sum();
    }
}
