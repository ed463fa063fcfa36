package dev.millrace.cli.bench;

import dev.millrace.Worker;
import dev.millrace.cli.bench.Engine.Site;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/** How long it takes from the call of {@code start()} to the first handler, when a job is waiting; in a warm JVM. */
record WorkerReady(Engine engine) implements Row {
    private static final int TIMES = 20;

    @Override
    public String name() {
        return engine.name() + "-ready";
    }

    @Override
    public String what() {
        return "from a worker's start() to its first handler";
    }

    @Override
    public Result measure(Setting setting) throws Exception {
        Histogram latency = new Histogram(3);
        Tally tally = new Tally(2 * TIMES);
        try (Site site = engine.open()) {
            for (int i = 0; i < 2 * TIMES; i++) {
                site.millrace().enqueue(Tally.NOOP, Tally.payload(i));
                CountDownLatch began = new CountDownLatch(1);
                AtomicLong at = new AtomicLong();
                Worker worker = site.millrace()
                        .worker()
                        .handle(Tally.NOOP, (payload, job) -> {
                            at.set(System.nanoTime());
                            tally.ran(payload);
                            began.countDown();
                        })
                        .build();
                long before = System.nanoTime();
                try (worker) {
                    worker.start();
                    began.await(30, TimeUnit.SECONDS);
                }
                if (i >= TIMES) {
                    latency.recordValue(Math.max(0, at.get() - before));
                }
            }
            tally.awaitSettled(site.millrace());
            return Result.ofLatency(latency).withFaults(tally.duplicates(), tally.lost(site.millrace()));
        }
    }
}
