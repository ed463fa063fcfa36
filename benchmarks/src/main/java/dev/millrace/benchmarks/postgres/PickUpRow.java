package dev.millrace.benchmarks.postgres;

import dev.millrace.benchmarks.postgres.Bench.Round;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * From the call of enqueue in one process to the start of the handler in another, whose worker is idle. Jobs come at random, one
 * in a tenth of a second on average, whether or not the one before has started: so those who look at intervals are caught
 * at any point of theirs. The round that is left out begins with many jobs at once, since programs that do little are never
 * compiled.
 */
final class PickUpRow implements Row {
    private static final long MEAN_GAP_NANOS = 100_000_000L;
    private static final long PATIENCE_NANOS = 30_000_000_000L;
    private static final int FIRST_FEW = 10;
    private static final long SEED = 7;

    @Override
    public String name() {
        return "pickup";
    }

    @Override
    public List<Scores> measure(Bench bench, List<Contestant> contestants) throws Exception {
        List<Metric> metrics = List.of(
                Metric.cost("Pick-up by an idle worker of another process, p50", "ms", 2),
                Metric.cost("Pick-up by an idle worker of another process, p99", "ms", 2));
        Random random = new Random(SEED);
        try (Stable stable = new Stable(bench.database())) {
            return bench.interleaved(name(), contestants, metrics, stable, (contestant, round) -> {
                int samples = bench.size().samples();
                return round == Round.WARM_UP
                        ? turn(stable, contestant, bench.size().burst(), samples / 4, random)
                        : turn(stable, contestant, 0, samples, random);
            });
        }
    }

    private static double[] turn(Stable stable, Contestant contestant, int burst, int samples, Random random)
            throws IOException, InterruptedException, SQLException {
        Running worker = stable.waiting(contestant, "worker");
        Running caller = stable.waiting(contestant, "caller");
        String place = Bench.newPlace();
        worker.tell("clear " + place);
        caller.tell("join " + place);
        worker.ran().clear();
        worker.tell("tell");
        worker.tell("start");
        int first = burst + FIRST_FEW;
        int jobs = first + samples;
        long[] called = new long[jobs];
        for (int i = 0; i < jobs; i++) {
            if (i >= burst) {
                parkNanos(MEAN_GAP_NANOS / 5 + random.nextLong(MEAN_GAP_NANOS * 8 / 5));
            }
            called[i] = caller.tell("enqueue " + i)[0];
        }
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (worker.ran().size() < jobs && System.nanoTime() - deadline < 0) {
            parkNanos(5_000_000);
        }
        if (worker.ran().size() < jobs) {
            throw new ContestantException(
                    "only " + worker.ran().size() + " of " + jobs + " jobs ran within 30 s of the last enqueue");
        }
        worker.tell("stop");
        long[] sorted = worker.ran().entrySet().stream()
                .filter(entry -> entry.getKey() >= first)
                .mapToLong(entry -> entry.getValue() - called[entry.getKey()])
                .sorted()
                .toArray();
        return new double[] {
            sorted[sorted.length / 2] / 1e6, sorted[Math.min(sorted.length - 1, sorted.length * 99 / 100)] / 1e6
        };
    }

    private static void parkNanos(long nanos) {
        long until = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
