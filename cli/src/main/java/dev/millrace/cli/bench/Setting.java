package dev.millrace.cli.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How to measure.
 *
 * @param quick a tenth of the work, for a first look
 * @param jobs how many jobs a throughput row takes; null for its own number
 * @param repeats how many runs a throughput row has, of which the median counts
 * @param progress told of each step
 */
record Setting(boolean quick, @Nullable Integer jobs, int repeats, Consumer<String> progress) {

    /** A number of jobs: as told, or the row's own, scaled. */
    int jobs(int usual) {
        return jobs != null ? jobs : scaled(usual);
    }

    /** A number that only {@code --quick} changes. */
    int scaled(int usual) {
        return quick ? Math.max(1, usual / 10) : usual;
    }

    /** The run with the median value, after a warm-up; faults are those of all runs. */
    Result median(Callable<Result> warmUp, Callable<Result> run) throws Exception {
        progress.accept("warm-up");
        List<Result> all = new ArrayList<>();
        Result first = warmUp.call();
        long duplicates = first.duplicates();
        long lost = first.lost();
        for (int i = 1; i <= repeats; i++) {
            progress.accept("run " + i + " of " + repeats);
            Result result = run.call();
            duplicates += result.duplicates();
            lost += result.lost();
            all.add(result);
        }
        all.sort(Comparator.comparingDouble(Result::value));
        return all.get(all.size() / 2).withFaults(duplicates, lost);
    }
}
