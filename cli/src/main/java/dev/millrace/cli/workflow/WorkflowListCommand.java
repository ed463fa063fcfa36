package dev.millrace.cli.workflow;

import dev.millrace.EndCounts;
import dev.millrace.Millrace;
import dev.millrace.WorkflowHandle;
import dev.millrace.WorkflowInfo;
import dev.millrace.WorkflowState;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.Moments;
import dev.millrace.cli.out.Table;
import dev.millrace.cli.out.Table.Cell;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Shows workflows, newest first. */
@Command(name = "list", description = "Show workflows, newest first.", mixinStandardHelpOptions = true)
final class WorkflowListCommand implements Callable<Integer> {
    private static final int FULL_ID = 36;
    private static final int SHORT_ID = 8;

    @ParentCommand
    private WorkflowCommand workflow;

    @Spec
    private CommandSpec spec;

    @Option(names = "--limit", paramLabel = "N", defaultValue = "50", description = "At most so many; 50 if left out.")
    private long limit;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Millrace millrace = workflow.main().store().openToLook()) {
            List<WorkflowHandle> handles = millrace.workflows().limit(limit).toList();
            if (json) {
                handles.forEach(handle -> out.println(WorkflowJson.of(handle.info())));
            } else if (handles.isEmpty()) {
                spec.commandLine()
                        .getErr()
                        .println("millrace: no workflows: submit one with millrace workflow submit FILE");
            } else {
                print(handles, millrace.store().now(), out);
            }
        }
        return 0;
    }

    /** Those that should have succeeded and did not; empty for none. */
    private static String unsuccessful(EndCounts counts) {
        int jobs = counts.failed() + counts.cancelled();
        return jobs == 0 ? "" : Integer.toString(jobs);
    }

    private void print(List<WorkflowHandle> handles, Instant now, PrintWriter out) {
        Table table = new Table("ID", "STATE", "NAME", ">JOBS", ">ENDED", ">UNSUCCESSFUL", "?SUBMITTED");
        for (WorkflowHandle handle : handles) {
            WorkflowInfo info = handle.info();
            EndCounts counts = info.counts();
            WorkflowState state = info.state();
            table.row(List.of(
                    Cell.of(handle.id().toString().substring(FULL_ID - SHORT_ID)),
                    new Cell(JobJson.lower(state), WorkflowSheet.style(state)),
                    Cell.of(handle.name()),
                    Cell.of(Integer.toString(counts.total())),
                    Cell.of(Integer.toString(counts.ended())),
                    Cell.of(unsuccessful(counts)),
                    Cell.of(Moments.brief(info.submittedAt(), now))));
        }
        table.print(out, workflow.main().terminal());
        if (handles.size() == limit) {
            spec.commandLine().getErr().println("millrace: the newest " + limit + "; --limit shows more");
        }
    }
}
