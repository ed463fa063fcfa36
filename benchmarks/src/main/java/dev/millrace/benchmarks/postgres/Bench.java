package dev.millrace.benchmarks.postgres;

import dev.millrace.benchmarks.Database;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * One run: the server, how much is measured, and the order of turns.
 *
 * @param database the server
 * @param size how much
 * @param stable processes for full queues, for the whole run
 * @param progress told of each turn
 */
record Bench(Database database, Size size, Stable stable, Consumer<String> progress) {
    private static final AtomicInteger PLACES = new AtomicInteger();

    /** The name of a place for jobs that nobody has used. */
    static String newPlace() {
        return "place_" + PLACES.incrementAndGet();
    }

    /** One contestant's measurement in one round. */
    interface Turn {
        /** Gives a figure for each metric. */
        double[] take(Contestant contestant, Round round) throws Exception;
    }

    /** Which round it is. */
    enum Round {
        /** Left out: programs are still being compiled, and caches filled. */
        WARM_UP,
        MEASURED
    }

    /**
     * Round by round, all contestants in each, so that a machine that slows down or a busy neighbour meets all alike; each
     * round begins with another. Who fails is out, with the reason beside its name.
     *
     * @param used whose processes take the turns
     */
    List<Scores> interleaved(String row, List<Contestant> contestants, List<Metric> metrics, Stable used, Turn turn)
            throws InterruptedException {
        List<Scores> all = metrics.stream().map(Scores::new).toList();
        List<Contestant> left = new ArrayList<>(contestants);
        for (int round = 0; round <= size.rounds(); round++) {
            List<Contestant> order = new ArrayList<>(left);
            Collections.rotate(order, -round);
            for (Contestant contestant : order) {
                progress.accept(row + ", " + (round == 0 ? "warm-up" : "round " + round + " of " + size.rounds()) + ": "
                        + contestant.name());
                try {
                    double[] figures = turn.take(contestant, round == 0 ? Round.WARM_UP : Round.MEASURED);
                    for (int i = 0; round > 0 && i < figures.length; i++) {
                        all.get(i).add(contestant, figures[i]);
                    }
                } catch (InterruptedException e) {
                    throw e;
                } catch (Exception e) {
                    left.remove(contestant);
                    out(all, contestant, used, e);
                }
            }
        }
        return all;
    }

    /** Notes that a contestant failed, and ends its processes, which may be in the middle of something. */
    void out(List<Scores> all, Contestant contestant, Stable used, Exception reason) {
        used.end(contestant);
        progress.accept(contestant.name() + " is out of this row: " + reason.getMessage());
        String first = String.valueOf(reason.getMessage())
                .lines()
                .findFirst()
                .orElse("")
                .replace('|', '/');
        all.forEach(scores -> scores.remark(contestant, "failed: " + first));
    }
}
