package dev.millrace.cli.bench;

import dev.millrace.JobState;
import dev.millrace.cli.bench.Engine.Site;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.HdrHistogram.Histogram;

/**
 * How fast jobs are claimed (and the ones before settled) by one session, among millions of jobs and among few. The raw value
 * is the rate among 1,000 ready jobs, so the ratio says how much of it a full store keeps.
 */
record ClaimRate(Engine engine) implements Row {
    private static final int USUAL = 1_000_000;
    private static final int FEW = 1_000;
    private static final int BATCH = 50;
    private static final int EXCHANGES = FEW / BATCH;
    private static final int ROUNDS = 15;

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
        setting.progress().accept("among " + FEW);
        Measured few;
        try (Site site = engine.open()) {
            few = rate(site.millrace().store(), new Filler(site.millrace()), true);
        }
        Measured many;
        try (Site site = engine.open()) {
            Filler filler = new Filler(site.millrace());
            setting.progress().accept("fills " + each + " finished, scheduled and ready jobs each");
            filler.add(JobState.SUCCEEDED, each);
            filler.add(JobState.SCHEDULED, each);
            filler.add(JobState.READY, each);
            setting.progress().accept("among " + 3L * each);
            many = rate(site.millrace().store(), filler, false);
        }
        return new Result(
                many.rate(),
                "jobs/s",
                Result.Percentiles.of(many.exchange()),
                few.duplicates() + many.duplicates(),
                few.lost() + many.lost(),
                few.rate());
    }

    /** What one store gave. */
    private record Measured(double rate, Histogram exchange, long duplicates, long lost) {}

    /** Rounds of as many claims as empty the small store; the median round counts, after two to warm up. */
    private static Measured rate(Store store, Filler filler, boolean refill) {
        UUID session = UUID.randomUUID();
        store.openSession(new SessionOpening(session, "bench", "{}"));
        Histogram latency = new Histogram(3);
        List<Double> rates = new ArrayList<>();
        Set<UUID> seen = new HashSet<>();
        long duplicates = 0;
        long number = 0;
        long claimed = 0;
        for (int round = 0; round < ROUNDS + 2; round++) {
            if (refill) {
                filler.add(JobState.READY, FEW);
            }
            List<Settlement> settlements = List.of();
            long start = System.nanoTime();
            for (int i = 0; i < EXCHANGES; i++) {
                long before = System.nanoTime();
                ExchangeReply reply = store.exchange(new Exchange(session, ++number, settlements, next()));
                if (round >= 2) {
                    latency.recordValue(System.nanoTime() - before);
                }
                settlements = settled(reply.claimed());
                claimed += reply.claimed().size();
                for (ClaimedJob job : reply.claimed()) {
                    duplicates += seen.add(job.spec().id()) ? 0 : 1;
                }
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            store.exchange(new Exchange(session, ++number, settlements, new Claim.Nothing()));
            if (round >= 2) {
                rates.add(FEW / seconds);
            }
        }
        store.closeSession(session);
        rates.sort(null);
        return new Measured(rates.get(rates.size() / 2), latency, duplicates, (long) FEW * (ROUNDS + 2) - claimed);
    }

    private static Claim next() {
        return new Claim.Next(
                new Claim.Queues.AllBut(Set.of()), Set.of(Tally.NOOP.kind()), Integer.MIN_VALUE, BATCH, 0);
    }

    private static List<Settlement> settled(List<ClaimedJob> jobs) {
        List<Settlement> settlements = new ArrayList<>(jobs.size());
        for (ClaimedJob job : jobs) {
            settlements.add(Settlement.of(job.run(), new Outcome.Succeeded(null)));
        }
        return settlements;
    }
}
