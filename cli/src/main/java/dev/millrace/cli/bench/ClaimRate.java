package dev.millrace.cli.bench;

import dev.millrace.cli.bench.Engine.Site;
import dev.millrace.spi.Store;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * How fast jobs are claimed (and the ones before settled) by one session, among millions of jobs and among few. The raw value
 * is the rate among 1,000 ready jobs, so the ratio says how much of it a full store keeps.
 */
record ClaimRate(Engine engine) implements Row {
    private static final int USUAL = 1_000_000;
    static final int FEW = 1_000;
    private static final int BATCH = 50;
    private static final int EXCHANGES = FEW / BATCH;
    private static final int ROUNDS = 15;
    private static final int WARM_UP = 2;

    @Override
    public String name() {
        return engine.name() + "-claims";
    }

    @Override
    public String what() {
        return "claim among 1M ready, 1M scheduled, 1M finished; raw: among 1,000";
    }

    @Override
    public Result measure(Setting setting) throws Exception {
        int each = setting.scaled(USUAL);
        setting.progress().accept("warm-up");
        amongFew();
        Measured many;
        try (Site site = engine.open()) {
            Filler filler = new Filler(site.millrace().store());
            setting.progress().accept("finishes " + each + " jobs");
            filler.finished(each);
            setting.progress().accept("adds " + each + " scheduled jobs");
            filler.scheduled(each);
            setting.progress().accept("adds " + each + " ready jobs");
            filler.ready(each);
            setting.progress().accept("claims");
            many = rate(site.millrace().store(), 0);
        }
        setting.progress().accept("among " + FEW);
        Measured few = amongFew();
        return new Result(
                many.rate(),
                "jobs/s",
                Result.Percentiles.of(many.exchange()),
                few.duplicates() + many.duplicates(),
                few.lost() + many.lost(),
                few.rate());
    }

    private Measured amongFew() throws Exception {
        try (Site site = engine.open()) {
            return rate(site.millrace().store(), FEW);
        }
    }

    /** What one store gave. */
    record Measured(double rate, Histogram exchange, long duplicates, long lost) {}

    /**
     * The median of rounds of claims, after two to warm up.
     *
     * @param refill how many jobs to add before each round
     */
    static Measured rate(Store store, int refill) {
        Filler filler = new Filler(store);
        Histogram latency = new Histogram(3);
        List<Double> rates = new ArrayList<>();
        try (Claimer claimer = new Claimer(store, BATCH)) {
            for (int round = 0; round < ROUNDS + WARM_UP; round++) {
                filler.ready(refill);
                boolean counts = round >= WARM_UP;
                long start = System.nanoTime();
                for (int i = 0; i < EXCHANGES; i++) {
                    long before = System.nanoTime();
                    claimer.exchange();
                    if (counts) {
                        latency.recordValue(System.nanoTime() - before);
                    }
                }
                if (counts) {
                    rates.add(FEW / ((System.nanoTime() - start) / 1e9));
                }
                claimer.settle();
            }
            rates.sort(null);
            long lost = (long) FEW * (ROUNDS + WARM_UP) - claimer.claimed();
            return new Measured(rates.get(rates.size() / 2), latency, claimer.duplicates(), lost);
        }
    }
}
