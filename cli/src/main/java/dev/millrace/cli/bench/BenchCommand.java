package dev.millrace.cli.bench;

import dev.millrace.cli.Main;
import dev.millrace.cli.out.Durations;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures speed on this machine, counting every job that is lost or run twice. */
@Command(
        name = "bench",
        description = "Measure speed on this machine; without --store, of the memory and the SQLite store.",
        mixinStandardHelpOptions = true,
        footerHeading = "%n",
        footer = {
            "Everything is at its default: SQLite syncs each commit, 16 handlers run at once, history is kept. Payloads are 50"
                    + " characters; handlers only count. After a warm-up the median of 3 runs counts. RAW is the bare engine"
                    + " doing the same durable writes in the same bench, by its plain driver on one connection: a batch of 500"
                    + " at once (settle and claim), 1,000 (bulk) or 16 (single, as many as there are callers). Stores are made"
                    + " for the bench and removed: what is at the address of --store is not touched. On a server they are a"
                    + " schema, a prefix or a stream named millrace_bench_…"
        })
public final class BenchCommand implements Callable<Integer> {
    private static final Engine MEMORY = new MemoryEngine();
    private static final Engine SQLITE = new SqliteEngine("", null);

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "NAME",
            description = "Only rows whose names contain this: a,b.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--jobs", paramLabel = "N", description = "So many jobs per throughput row.")
    private @Nullable Integer jobs;

    @Option(
            names = "--repeats",
            paramLabel = "N",
            defaultValue = "3",
            description = "So many runs per throughput row; 3 if left out.")
    private int repeats;

    @Option(names = "--quick", description = "A tenth of the work.")
    private boolean quick;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        if (repeats < 1 || (jobs != null && jobs < 1)) {
            throw new IllegalArgumentException("--repeats and --jobs are 1 or more");
        }
        List<Row> rows = chosen();
        PrintWriter out = spec.commandLine().getOut();
        Report report = new Report(out, json);
        long start = System.nanoTime();
        report.head();
        boolean clean = true;
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            String place = row.name() + " (" + (i + 1) + " of " + rows.size() + "): ";
            Result result = row.measure(new Setting(quick, jobs, repeats, step -> progress(place + step)));
            progress("");
            report.row(row, result);
            clean &= result.duplicates() == 0 && result.lost() == 0;
        }
        if (!json) {
            out.println();
            out.println("in " + Durations.human(Duration.ofNanos(System.nanoTime() - start))
                    + (clean ? ", nothing lost, nothing run twice" : ""));
        }
        return clean ? 0 : 1;
    }

    private List<Row> chosen() {
        List<Row> rows = new ArrayList<>();
        for (Row row : main.storeGiven() ? all(Engine.of(main.store().address())) : usual()) {
            if (only.isEmpty() || only.stream().anyMatch(row.name()::contains)) {
                rows.add(row);
            }
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("no row's name contains " + String.join(" or ", only) + ": there are "
                    + (main.storeGiven() ? all(Engine.of(main.store().address())) : usual())
                            .stream().map(Row::name).collect(Collectors.joining(", ")));
        }
        return rows;
    }

    private static List<Row> usual() {
        return List.of(
                new Processing(MEMORY),
                new Processing(SQLITE),
                new SingleEnqueues(SQLITE),
                new BulkEnqueue(SQLITE),
                new PickUp(MEMORY),
                new PickUp(SQLITE),
                new PickUpElsewhere(SQLITE),
                new ClaimRate(SQLITE),
                new HeldJobs(SQLITE),
                new HeapPerJob(MEMORY),
                new WorkerReady(MEMORY),
                new WorkerReady(SQLITE));
    }

    private static List<Row> all(Engine engine) {
        List<Row> rows = new ArrayList<>(List.of(
                new Processing(engine),
                new SingleEnqueues(engine),
                new BulkEnqueue(engine),
                new PickUp(engine),
                new ClaimRate(engine),
                new HeldJobs(engine),
                new WorkerReady(engine)));
        rows.add(engine.inMemory() ? new HeapPerJob(engine) : new PickUpElsewhere(engine));
        return rows;
    }

    /** One line that the next overwrites; only a person sees it. */
    private void progress(String text) {
        if (main.terminal().seen() && !json) {
            int width = main.terminal().columns() - 1;
            String cut = text.length() > width ? text.substring(0, width) : text;
            spec.commandLine().getErr().print("\r" + cut + " ".repeat(width - cut.length()) + "\r");
            spec.commandLine().getErr().flush();
        }
    }
}
