package dev.millrace.benchmarks.postgres;

import dev.millrace.benchmarks.Database;
import dev.millrace.benchmarks.Machine;
import dev.millrace.benchmarks.ResultFile;
import dev.millrace.benchmarks.Versions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Millrace, the bare engine and other queues on one PostgreSQL, in one run. */
@Command(
        name = "postgres",
        description =
                "Measures Millrace, plain JDBC, JobRunr, db-scheduler and, where Node is present, graphile-worker and pg-boss"
                        + " on a PostgreSQL of its own, in turns. Prints tables in Markdown.",
        mixinStandardHelpOptions = true)
public final class PostgresCommand implements Callable<Integer> {
    private static final List<Row> ROWS = List.of(
            new ProcessRow(),
            new BulkRow(),
            new SingleRow(1),
            new SingleRow(16),
            new PickUpRow(),
            new IdleRow(),
            new ClaimsRow());

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "ROW",
            description = "Only these rows: process, bulk, single-1, single-16, pickup, idle, claims.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--with",
            split = ",",
            paramLabel = "NAME",
            description = "Only contestants whose names contain this: millrace,raw.")
    private List<String> with = new ArrayList<>();

    @Option(names = "--quick", description = "Small counts and one round, to see that it works.")
    private boolean quick;

    @Option(names = "--long", description = "5,000,000 jobs where others have 1,000,000.")
    private boolean large;

    @Override
    public Integer call() throws Exception {
        List<Row> rows = chosen();
        Size size = quick ? Size.QUICK : large ? Size.LONG : Size.USUAL;
        long start = System.nanoTime();
        String load = Machine.load();
        @Nullable
        Node node = Node.installed(
                Path.of(System.getProperty("benchmarks.home", "benchmarks")).resolve("node"),
                PostgresCommand::progress);
        List<Contestant> contestants = Contestants.all(node).stream()
                .filter(each ->
                        with.isEmpty() || with.stream().anyMatch(each.name().toLowerCase(Locale.ROOT)::contains))
                .toList();
        try (Database database = new Database();
                ResultFile out = ResultFile.create("postgres", ".md");
                Stable stable = new Stable(database)) {
            head(out, database, node, load, size);
            legend(out, contestants);
            Bench bench = new Bench(database, size, stable, PostgresCommand::progress);
            for (Row row : rows) {
                List<Contestant> taking = contestants.stream()
                        .filter(each -> each.takesPart(row.name()))
                        .toList();
                out.print("");
                out.print("## " + row.name() + " (load average before: " + Machine.load() + ")");
                for (Scores scores : row.measure(bench, taking)) {
                    out.print("");
                    scores.table(taking).forEach(out::print);
                }
            }
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            out.print("");
            out.print("Took " + took.toMinutes() + " min " + took.toSecondsPart() + " s.");
            progress("kept in " + out.path());
        }
        return 0;
    }

    private List<Row> chosen() {
        List<Row> rows = ROWS.stream()
                .filter(row -> only.isEmpty() || only.contains(row.name()))
                .toList();
        String known = ROWS.stream().map(Row::name).collect(Collectors.joining(", "));
        for (String name : only) {
            if (ROWS.stream().noneMatch(row -> row.name().equals(name))) {
                throw new IllegalArgumentException("there is no row " + name + ": there are " + known);
            }
        }
        return rows;
    }

    private static void head(ResultFile out, Database database, @Nullable Node node, String load, Size size)
            throws Exception {
        out.print("# Millrace beside others on PostgreSQL");
        out.print("");
        out.print(LocalDate.now(ZoneId.systemDefault()) + ", " + Machine.about() + ", load average before: " + load
                + ".");
        out.print(database.about() + ".");
        out.print("Millrace " + Versions.ofProject() + ", pgjdbc " + Versions.of("postgresql") + ", JobRunr "
                + Versions.of("jobrunr") + ", db-scheduler " + Versions.of("db-scheduler")
                + (node == null ? "" : ", " + node.about()) + ".");
        out.print("Figures are min, **median** and max of " + size.rounds()
                + (size.rounds() == 1 ? " round" : " rounds") + " after one that is left out. Ratios are of medians.");
    }

    private static void legend(ResultFile out, List<Contestant> contestants) {
        out.print("");
        out.print("| Contestant | set as | jobs that have ended are |");
        out.print("|---|---|---|");
        contestants.forEach(each -> out.print("| " + each.name() + " | " + each.settings() + " | "
                + each.history().name().toLowerCase(Locale.ROOT) + " |"));
    }

    /** For whoever waits; not part of the result. */
    private static void progress(String text) {
        System.err.println(text);
    }
}
