package dev.millrace.cli.operate;

import dev.millrace.JobQuery;
import dev.millrace.JobState;
import dev.millrace.cli.Main;
import dev.millrace.spi.Due;
import dev.millrace.spi.Operation;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Makes scheduled jobs due. */
@Command(
        name = "run-now",
        description = "Make scheduled jobs due now, also those that wait for their next try.",
        mixinStandardHelpOptions = true)
public final class RunNowCommand implements Callable<Integer> {
    private static final Operation DUE = new Operation.Reschedule(Due.NOW);
    private static final Operation FIRST = new Operation.Reprioritize(ReprioritizeCommand.HIGHEST);

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--first",
            description = "And give them the highest priority, 1000, so that they come first; ready ones too.")
    private boolean first;

    @Mixin
    private ChosenJobs jobs;

    @Override
    public Integer call() throws IOException {
        Set<JobState> states = first ? EnumSet.of(JobState.SCHEDULED, JobState.READY) : EnumSet.of(JobState.SCHEDULED);
        return jobs.perform(new Deed("run", "due", this::one, this::all, states), main, spec.commandLine());
    }

    /** A READY job is due already, and keeps its place among those of its priority. */
    private List<Operation> one(JobState state) {
        if (first) {
            return state == JobState.READY ? List.of(FIRST) : List.of(FIRST, DUE);
        }
        return state == JobState.READY ? List.of() : List.of(DUE);
    }

    private long all(JobQuery query) {
        long raised = first ? query.reprioritizeAll(ReprioritizeCommand.HIGHEST) : 0;
        boolean scheduled = jobs.states().isEmpty() || jobs.states().contains(JobState.SCHEDULED);
        long due = scheduled ? query.state(JobState.SCHEDULED).rescheduleAll(Duration.ZERO) : 0;
        return Math.max(raised, due);
    }
}
