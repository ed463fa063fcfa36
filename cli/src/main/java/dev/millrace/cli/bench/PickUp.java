package dev.millrace.cli.bench;

import dev.millrace.Worker;
import dev.millrace.cli.bench.Engine.Site;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * How long it takes from the call of {@code enqueue} to the start of the handler, by an idle worker of the same process. The
 * job is durable on the way. Jobs come at random, 1 to 5 ms after the one before has started.
 */
record PickUp(Engine engine) implements Row {
    static final int USUAL = 1_000;
    private static final int WARM_UP = 200;
    private static final long SEED = 7;

    @Override
    public String name() {
        return engine.name() + "-pickup";
    }

    @Override
    public String what() {
        return "from enqueue() to the handler's start, idle worker";
    }

    @SuppressWarnings("try") // the worker works by being open
    @Override
    public Result measure(Setting setting) throws Exception {
        int samples = setting.scaled(USUAL);
        int jobs = WARM_UP + samples;
        AtomicLongArray started = new AtomicLongArray(jobs);
        Tally tally = new Tally(jobs);
        Histogram latency = new Histogram(3);
        Random random = new Random(SEED);
        try (Site site = engine.open();
                Worker worker = site.millrace()
                        .worker()
                        .handle(Tally.NOOP, (payload, job) -> {
                            started.compareAndSet(Tally.number(payload), 0, System.nanoTime());
                            tally.ran(payload);
                        })
                        .start()) {
            for (int i = 0; i < jobs; i++) {
                LockSupport.parkNanos(gap(random));
                long before = System.nanoTime();
                site.millrace().enqueue(Tally.NOOP, Tally.payload(i));
                while (started.get(i) == 0 && System.nanoTime() - before < 30_000_000_000L) {
                    LockSupport.parkNanos(50_000);
                }
                if (i >= WARM_UP && started.get(i) != 0) {
                    latency.recordValue(started.get(i) - before);
                }
            }
            tally.awaitSettled(site.millrace());
            return Result.ofLatency(latency).withFaults(tally.duplicates(), tally.lost(site.millrace()));
        }
    }

    /** 1 to 5 ms. */
    static long gap(Random random) {
        return 1_000_000L + random.nextInt(4_000_000);
    }
}
