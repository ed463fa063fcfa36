package dev.millrace.cli.look;

import dev.millrace.JobInfo;
import dev.millrace.Millrace;
import dev.millrace.cli.JobFilter;
import dev.millrace.cli.Main;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.JobSheet;
import dev.millrace.cli.out.Moments;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Table;
import dev.millrace.cli.out.Table.Cell;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Shows jobs, newest first. */
@Command(name = "list", description = "Show jobs, newest first.", mixinStandardHelpOptions = true)
public final class ListCommand implements Callable<Integer> {
    private static final int FULL_ID = 36;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private JobFilter filter;

    @Option(names = "--limit", paramLabel = "N", defaultValue = "50", description = "At most so many; 50 if left out.")
    private long limit;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        filter.states(); // a mistake is told before the store is looked for
        try (Millrace millrace = main.store().openToLook()) {
            Iterable<JobInfo> jobs = filter.query(millrace, Set.of()).limit(limit);
            if (json) {
                for (JobInfo job : jobs) {
                    out.println(JobJson.of(job));
                    if (out.checkError()) {
                        break; // the reader has gone
                    }
                }
            } else {
                print(jobs, millrace.store().now(), out);
            }
        }
        return 0;
    }

    private void print(Iterable<JobInfo> jobs, Instant now, PrintWriter out) {
        List<JobInfo> all = new ArrayList<>();
        jobs.forEach(all::add);
        if (all.isEmpty()) {
            spec.commandLine().getErr().println("millrace: no jobs" + (filter.isEmpty() ? "" : " like that"));
            return;
        }
        int length = idLength(all);
        Table table = new Table("ID", "STATE", "KIND", "?QUEUE", "?TRY", "?ENQUEUED", "WHAT");
        for (JobInfo job : all) {
            String id = job.id().toString();
            table.row(List.of(
                    Cell.of(id.substring(FULL_ID - length)),
                    new Cell(JobJson.lower(job.state()), Style.of(job.state())),
                    Cell.of(job.kind()),
                    Cell.of(job.queue()),
                    Cell.of(job.attempt() == 0 ? "" : Integer.toString(job.attempt())),
                    Cell.of(Moments.brief(job.enqueuedAt(), now)),
                    Cell.of(what(job, now))));
        }
        table.print(out, main.terminal());
        if (all.size() == limit) {
            spec.commandLine().getErr().println("millrace: the newest " + limit + "; --limit shows more");
        }
    }

    /** As many characters of the ids' ends as tell them apart. */
    private static int idLength(List<JobInfo> jobs) {
        for (int length = 6; length < FULL_ID; length += 2) {
            Set<String> ends = new HashSet<>();
            for (JobInfo job : jobs) {
                ends.add(job.id().toString().substring(FULL_ID - length));
            }
            if (ends.size() == jobs.size()) {
                return length;
            }
        }
        return FULL_ID;
    }

    /** What is most worth knowing of a job in its state. */
    public static String what(JobInfo job, Instant now) {
        String error = job.failure().map(JobSheet::brief).orElse("");
        return switch (job.state()) {
            case SCHEDULED -> Moments.distance(job.dueAt(), now) + (error.isEmpty() ? "" : ", after " + error);
            case BLOCKED ->
                job.record().gate() == null
                        ? ""
                        : "waits for its " + JobJson.lower(job.record().gate());
            case READY -> error.isEmpty() ? "" : "after " + error;
            case RUNNING ->
                job.startedAt()
                                .map(start -> "for " + Durations.human(positive(Duration.between(start, now))))
                                .orElse("")
                        + (job.record().run().cancelRequested() ? ", is to be cancelled" : "")
                        + (job.progress().toString().isEmpty() ? "" : ", " + job.progress());
            case SUCCEEDED ->
                job.finishedAt().isPresent() && job.startedAt().isPresent()
                        ? "took "
                                + Durations.human(positive(Duration.between(
                                        job.startedAt().get(), job.finishedAt().get())))
                        : "";
            case FAILED -> error;
            case CANCELLED ->
                job.cancelReason()
                        .map(JobJson::lower)
                        .map(reason -> reason.replace('_', ' '))
                        .orElse("");
        };
    }

    private static Duration positive(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }
}
