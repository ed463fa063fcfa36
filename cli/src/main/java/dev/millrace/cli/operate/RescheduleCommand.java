package dev.millrace.cli.operate;

import dev.millrace.JobState;
import dev.millrace.cli.Main;
import dev.millrace.spi.Due;
import dev.millrace.spi.Operation;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Gives waiting jobs another due time. */
@Command(
        name = "reschedule",
        description = "Give scheduled and ready jobs another due time.",
        mixinStandardHelpOptions = true)
public final class RescheduleCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    private When when = new When();

    @Mixin
    private ChosenJobs jobs;

    /** The new due time; one of the two. */
    static final class When {
        @Option(names = "--in", paramLabel = "TIME", description = "So long from now: 250ms, 30s, 5m, 2h, 1d.")
        private @Nullable Duration in;

        @Option(names = "--at", paramLabel = "TIME", description = "At this time: 2030-01-31T18:00:00Z.")
        private @Nullable Instant at;

        Due due() {
            return at != null ? new Due.At(at) : new Due.After(in != null ? in : Duration.ZERO);
        }
    }

    @Override
    public Integer call() throws IOException {
        Due due = when.due();
        Deed deed = Deed.of(
                "reschedule",
                "rescheduled",
                new Operation.Reschedule(due),
                query -> due instanceof Due.At at
                        ? query.rescheduleAll(at.instant())
                        : query.rescheduleAll(((Due.After) due).delay()),
                EnumSet.of(JobState.SCHEDULED, JobState.READY));
        return jobs.perform(deed, main, spec.commandLine());
    }
}
