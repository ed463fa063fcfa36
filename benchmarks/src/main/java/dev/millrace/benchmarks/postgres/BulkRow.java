package dev.millrace.benchmarks.postgres;

import java.util.List;

/** Jobs enqueued as fast as each queue's documentation knows how. */
final class BulkRow implements Row {
    @Override
    public String name() {
        return "bulk";
    }

    @Override
    public List<Scores> measure(Bench bench, List<Contestant> contestants) throws Exception {
        List<Metric> metrics = List.of(Metric.rate("Enqueue in bulk"));
        List<Scores> all = bench.interleaved(name(), contestants, metrics, bench.stable(), (contestant, round) -> {
            Running running = bench.stable().of(contestant);
            running.tell("clear " + Bench.newPlace());
            int jobs = jobs(bench, contestant);
            return new double[] {jobs / (running.tell("bulk " + jobs)[0] / 1e9)};
        });
        for (Contestant contestant : contestants) {
            all.get(0).remark(contestant, Counts.of(jobs(bench, contestant)) + " jobs");
        }
        return all;
    }

    private static int jobs(Bench bench, Contestant contestant) {
        return bench.size().jobs(Math.max(20_000, contestant.jobs() / 2));
    }
}
