package dev.millrace.cli.bench;

import dev.millrace.cli.bench.ClaimRate.Measured;
import dev.millrace.cli.bench.Engine.Site;

/**
 * How fast jobs are claimed while very many are held behind a serial key whose head never ends. The raw value is the rate in a
 * store without them, so the ratio says what they cost the others.
 */
record HeldJobs(Engine engine) implements Row {
    private static final int USUAL = 100_000;

    @Override
    public String name() {
        return engine.name() + "-held";
    }

    @Override
    public String what() {
        return "claim while 100,000 jobs are held behind one key; raw: without them";
    }

    @Override
    public Result measure(Setting setting) throws Exception {
        setting.progress().accept("warm-up");
        without();
        Measured held;
        try (Site site = engine.open();
                Claimer stuck = new Claimer(site.millrace().store(), 1)) {
            setting.progress().accept("adds jobs of one key");
            new Filler(site.millrace().store()).serial(setting.scaled(USUAL));
            stuck.exchange();
            setting.progress().accept("claims");
            held = ClaimRate.rate(site.millrace().store(), ClaimRate.FEW);
        }
        setting.progress().accept("without them");
        Measured without = without();
        return new Result(
                held.rate(),
                "jobs/s",
                Result.Percentiles.of(held.exchange()),
                held.duplicates() + without.duplicates(),
                held.lost() + without.lost(),
                without.rate());
    }

    private Measured without() throws Exception {
        try (Site site = engine.open()) {
            return ClaimRate.rate(site.millrace().store(), ClaimRate.FEW);
        }
    }
}
