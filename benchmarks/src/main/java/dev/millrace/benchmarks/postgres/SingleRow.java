package dev.millrace.benchmarks.postgres;

import java.util.List;

/**
 * Jobs enqueued one by one, each call returning when its job is durable.
 *
 * @param threads how many call at once
 */
record SingleRow(int threads) implements Row {
    @Override
    public String name() {
        return "single-" + threads;
    }

    @Override
    public List<Scores> measure(Bench bench, List<Contestant> contestants) throws Exception {
        Metric metric = Metric.rate("Enqueue one by one, " + threads + (threads == 1 ? " thread" : " threads"));
        return bench.interleaved(name(), contestants, List.of(metric), bench.stable(), (contestant, round) -> {
            Running running = bench.stable().of(contestant);
            running.tell("clear " + Bench.newPlace());
            long[] answer = running.tell(
                    "single " + threads + " " + bench.size().single().toMillis());
            return new double[] {answer[0] / (answer[1] / 1e9)};
        });
    }
}
