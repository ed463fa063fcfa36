package dev.millrace.benchmarks.postgres;

import dev.millrace.benchmarks.postgres.Bench.Round;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a worker costs that has nothing to do. */
final class IdleRow implements Row {
    @Override
    public String name() {
        return "idle";
    }

    @Override
    public List<Scores> measure(Bench bench, List<Contestant> contestants) throws Exception {
        List<Metric> metrics = List.of(
                Metric.cost("An idle worker: transactions", "a second", 2),
                Metric.cost("An idle worker: processor time of its process", "% of one processor", 2));
        long seconds = bench.size().idle().toSeconds();
        try (Stable stable = new Stable(bench.database())) {
            return bench.interleaved(name(), contestants, metrics, stable, (contestant, round) -> {
                Running worker = stable.waiting(contestant, "worker");
                worker.tell("clear " + Bench.newPlace());
                worker.tell("start");
                TimeUnit.SECONDS.sleep(
                        round == Round.WARM_UP ? 1 : bench.size().settling().toSeconds());
                long transactions = bench.database().transactions(contestant.database());
                long start = System.nanoTime();
                Duration cpu = worker.cpu();
                TimeUnit.SECONDS.sleep(round == Round.WARM_UP ? 1 : seconds);
                double passed = (System.nanoTime() - start) / 1e9;
                double used = worker.cpu().minus(cpu).toNanos() / 1e9;
                long made = bench.database().transactions(contestant.database()) - transactions;
                worker.tell("stop");
                return new double[] {made / passed, used / passed * 100};
            });
        }
    }
}
