package dev.millrace.cli.workflow;

import dev.millrace.JobState;
import dev.millrace.WorkflowInfo;
import dev.millrace.WorkflowState;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.Moments;
import dev.millrace.cli.out.Style;
import dev.millrace.cli.out.Table;
import dev.millrace.cli.out.Table.Cell;
import dev.millrace.cli.out.Terminal;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/** A workflow for people: what it has come to, and its jobs as a tree, each below one that it waits for. */
final class WorkflowSheet {
    /** Deeper ones are not indented more. */
    private static final int DEEPEST = 10;

    private final PrintWriter out;
    private final Terminal terminal;

    private record Place(Fold.Group group, int depth) {}

    WorkflowSheet(PrintWriter out, Terminal terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** How a workflow's state looks. */
    static Style style(WorkflowState state) {
        return switch (state) {
            case RUNNING -> Style.CYAN;
            case SUCCEEDED -> Style.GREEN;
            case FAILED -> Style.RED;
            case CANCELLED -> Style.DIM;
        };
    }

    /** Prints it. */
    void print(WorkflowInfo workflow, Graph graph, Instant now) {
        boolean colours = terminal.colours();
        WorkflowState state = workflow.state();
        Instant submitted = workflow.submittedAt();
        out.println(Style.BOLD.of(workflow.name(), colours) + " " + workflow.id());
        out.println("  " + style(state).of(JobJson.lower(state), colours) + ": " + EndWords.of(graph));
        out.println("  submitted " + Moments.exact(submitted) + "  "
                + Style.DIM.of(Moments.distance(submitted, now), colours)
                + workflow.endedAt()
                        .map(end -> ", took " + Durations.human(positive(Duration.between(submitted, end))))
                        .orElse(""));
        out.println();
        Fold fold = new Fold(graph);
        Table table = new Table("JOB", "STATE", "?AFTER", "WHAT");
        Deque<Place> next = new ArrayDeque<>();
        push(next, fold.roots(), 0);
        while (!next.isEmpty()) {
            Place place = next.pop();
            table.row(row(place, fold));
            push(next, place.group().below(), place.depth() + 1);
        }
        table.print(out, terminal);
    }

    private static void push(Deque<Place> next, List<Fold.Group> groups, int depth) {
        List<Fold.Group> reversed = new ArrayList<>(groups);
        Collections.reverse(reversed);
        reversed.forEach(group -> next.push(new Place(group, depth)));
    }

    private static List<Cell> row(Place place, Fold fold) {
        Fold.Group group = place.group();
        Graph.Node node = group.first();
        String indent = place.depth() == 0 ? "" : "  ".repeat(Math.min(place.depth(), DEEPEST) - 1) + "└ ";
        JobState state = node.jobState();
        return List.of(
                Cell.of(indent + group.label()),
                new Cell(node.state(), state == null ? Style.DIM : Style.of(state)),
                Cell.of(fold.after(group)),
                Cell.of(what(node.why(), took(group))));
    }

    private static String what(String why, String took) {
        return took.isEmpty() ? why : why.isEmpty() ? "took " + took : why + ", after " + took;
    }

    /** How long its run took; of several, the shortest and the longest. */
    private static String took(Fold.Group group) {
        List<Duration> runs = new ArrayList<>();
        for (Graph.Node node : group.nodes()) {
            Instant start = node.startedAt();
            Instant end = node.finishedAt();
            if (start != null && end != null) {
                runs.add(positive(Duration.between(start, end)));
            }
        }
        if (runs.isEmpty()) {
            return "";
        }
        String least = Durations.human(Collections.min(runs));
        String most = Durations.human(Collections.max(runs));
        return least.equals(most) ? least : least + " to " + most;
    }

    private static Duration positive(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }
}
