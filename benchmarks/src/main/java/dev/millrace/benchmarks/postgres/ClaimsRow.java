package dev.millrace.benchmarks.postgres;

import dev.millrace.benchmarks.postgres.Contestant.History;
import dev.millrace.benchmarks.postgres.Contestant.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether claims slow down when much is stored. Of Millrace and the bare engine claims are also measured alone, 50 at a time; of
 * all, the rate of a worker. Contestants come one after the other here, since the large queues take long to fill; each is
 * measured several times, the first of which is left out.
 */
final class ClaimsRow implements Row {
    private static final int ROUND = 1_000;
    private static final int CLAIM_ROUNDS = 15;

    @Override
    public String name() {
        return "claims";
    }

    @Override
    public List<Scores> measure(Bench bench, List<Contestant> contestants) throws Exception {
        Tables tables = Tables.of(bench.size());
        for (Contestant contestant : contestants) {
            try {
                new Measuring(bench, contestant, tables).measure();
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                bench.out(tables.all(), contestant, bench.stable(), e);
            }
        }
        return tables.all();
    }

    /** Claims alone, and a worker: among few, among many, and with many finished beside. */
    private record Tables(
            Scores aloneFew, Scores aloneMany, Scores aloneFinished, Scores few, Scores many, Scores finished) {
        static Tables of(Size size) {
            String ours = Counts.of(size.manyOurs());
            String many = size.many() == size.manyOurs()
                    ? ours
                    : Counts.of(size.many()) + " (Millrace and raw: " + ours + ")";
            return new Tables(
                    new Scores(Metric.rate("Claims alone, 50 at a time, 1,000 waiting")),
                    new Scores(Metric.rate("Claims alone, " + ours + " waiting")),
                    new Scores(Metric.rate("Claims alone, 1,000 waiting, " + ours + " finished beside")),
                    new Scores(Metric.rate("A worker among few")),
                    new Scores(Metric.rate("A worker among " + many + " waiting")),
                    new Scores(Metric.rate("A worker among few, " + many + " finished beside")));
        }

        List<Scores> all() {
            return List.of(aloneFew, aloneMany, aloneFinished, few, many, finished);
        }
    }

    /** One contestant. */
    private static final class Measuring {
        private final Bench bench;
        private final Contestant contestant;
        private final Tables tables;
        private final Running running;
        private final int few;
        private final int many;

        Measuring(Bench bench, Contestant contestant, Tables tables) throws Exception {
            this.bench = bench;
            this.contestant = contestant;
            this.tables = tables;
            this.running = bench.stable().of(contestant);
            this.few = Math.max(100, Math.min(20_000, bench.size().jobs(contestant.jobs()) / 10));
            this.many = bench.size().many(contestant);
        }

        void measure() throws Exception {
            tables.few().remark(contestant, "all of " + Counts.of(few));
            tables.many().remark(contestant, "the first " + Counts.of(few));
            says("few");
            place();
            claims(tables.aloneFew(), ROUND);
            work(tables.few());
            says("fills " + Counts.of(many));
            place();
            fill(many);
            says("claims among " + Counts.of(many));
            claims(tables.aloneMany(), 0);
            for (int i = 0; i <= bench.size().rounds(); i++) {
                long[] ran = running.tell("some " + few + " " + many);
                add(tables.many(), i, ran[0] / (ran[1] / 1e9));
            }
            if (keeps()) {
                says("finishes " + Counts.of(many));
                place();
                fill(many);
                running.tell("process " + many);
                bench.database().vacuum(contestant.database());
                claims(tables.aloneFinished(), ROUND);
                work(tables.finished());
            } else {
                tables.finished()
                        .remark(
                                contestant,
                                contestant.history() == History.DELETED
                                        ? "keeps no finished jobs"
                                        : "not measured: it would take too long to finish so many");
            }
            place();
        }

        /** Whether finished jobs stay, and can be made in reasonable time. */
        private boolean keeps() {
            return contestant.history() == History.KEPT && contestant.jobs() >= 100_000;
        }

        private void place() throws Exception {
            running.tell("clear " + Bench.newPlace());
        }

        private void fill(int jobs) throws Exception {
            running.tell("bulk " + jobs);
            bench.database().analyze(contestant.database());
        }

        private void claims(Scores scores, int refill) throws Exception {
            if (contestant.role() == Role.PEER) {
                return;
            }
            List<Double> rates = new ArrayList<>();
            for (int i = 0; i <= CLAIM_ROUNDS; i++) {
                if (refill > 0) {
                    running.tell("bulk " + refill);
                }
                long[] claimed = running.tell("claims");
                if (i > 0) {
                    rates.add(claimed[0] / (claimed[1] / 1e9));
                }
            }
            rates.forEach(rate -> scores.add(contestant, rate));
        }

        private void work(Scores scores) throws Exception {
            for (int i = 0; i <= bench.size().rounds(); i++) {
                fill(few);
                add(scores, i, few / (running.tell("process " + few)[0] / 1e9));
            }
        }

        private void add(Scores scores, int round, double rate) {
            if (round > 0) {
                scores.add(contestant, rate);
            }
        }

        private void says(String what) {
            bench.progress().accept("claims: " + contestant.name() + ": " + what);
        }
    }
}
