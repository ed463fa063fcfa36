package dev.millrace.benchmarks.postgres;

import dev.millrace.benchmarks.postgres.Bench.Round;
import java.util.List;

/** A filled queue, one worker process: from the first job to the last one that the database knows as ended. */
final class ProcessRow implements Row {
    /** So many jobs warm a program up. */
    private static final int ENOUGH = 5_000;

    @Override
    public String name() {
        return "process";
    }

    @Override
    public List<Scores> measure(Bench bench, List<Contestant> contestants) throws Exception {
        List<Metric> metrics = List.of(
                Metric.rate("Process a filled queue, one worker process"),
                Metric.cost("WAL per job, from bulk enqueue to end", "bytes", 0));
        List<Scores> all = bench.interleaved(name(), contestants, metrics, bench.stable(), (contestant, round) -> {
            int jobs = bench.size().jobs(contestant.jobs());
            if (round == Round.WARM_UP) {
                jobs = Math.min(jobs, Math.max(ENOUGH, jobs / 4));
            }
            Running running = bench.stable().of(contestant);
            running.tell("clear " + Bench.newPlace());
            bench.database().checkpoint();
            long beforeBulk = bench.database().wal();
            running.tell("bulk " + jobs);
            long afterBulk = bench.database().wal();
            bench.database().analyze(contestant.database());
            long beforeWork = bench.database().wal();
            long[] answer = running.tell("process " + jobs);
            long wal = afterBulk - beforeBulk + bench.database().wal() - beforeWork;
            if (answer[1] > 0) {
                throw new ContestantException(answer[1] + " of " + jobs + " jobs ran twice");
            }
            return new double[] {jobs / (answer[0] / 1e9), (double) wal / jobs};
        });
        for (Contestant contestant : contestants) {
            all.get(0).remark(contestant, Counts.of(bench.size().jobs(contestant.jobs())) + " jobs");
        }
        return all;
    }
}
