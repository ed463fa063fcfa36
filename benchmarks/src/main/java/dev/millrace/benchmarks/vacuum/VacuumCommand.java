package dev.millrace.benchmarks.vacuum;

import dev.millrace.benchmarks.Database;
import dev.millrace.benchmarks.Machine;
import dev.millrace.benchmarks.ResultFile;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A steady load on PostgreSQL, with a transaction held open for the middle half of the time. */
@Command(
        name = "vacuum",
        description =
                "Enqueues and processes at a fixed rate on a PostgreSQL of its own; for the middle half of the time another"
                        + " connection holds a transaction open, so that vacuum cannot remove dead rows. A line every 10 s; at the end"
                        + " before, during and after.",
        mixinStandardHelpOptions = true)
public final class VacuumCommand implements Callable<Integer> {
    @Option(names = "--minutes", paramLabel = "N", defaultValue = "20", description = "How long; 20 if left out.")
    private int minutes;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "500",
            description = "So many jobs a second; 500 if left out.")
    private int rate;

    @Override
    public Integer call() throws Exception {
        if (minutes < 1 || rate < 1) {
            throw new IllegalArgumentException("--minutes and --rate are 1 or more");
        }
        try (Database database = new Database();
                ResultFile out = ResultFile.create("vacuum", ".txt")) {
            out.print(Machine.about());
            out.print(database.about());
            out.print(rate + " jobs/s for " + minutes + " min, a transaction held open from "
                    + clock(Duration.ofMinutes(minutes).dividedBy(4)) + " to "
                    + clock(Duration.ofMinutes(minutes).multipliedBy(3).dividedBy(4)) + "; load average before: "
                    + Machine.load());
            return new VacuumRun(database, Duration.ofMinutes(minutes), rate, out).run() ? 0 : 1;
        }
    }

    private static String clock(Duration time) {
        return String.format("%d:%02d", time.toMinutes(), time.toSecondsPart());
    }
}
