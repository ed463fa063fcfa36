package dev.millrace.cli.schedule;

import dev.millrace.JobRequest;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Recurrence;
import dev.millrace.ScheduleHandle;
import dev.millrace.ScheduleInfo;
import dev.millrace.cli.JobSettings;
import dev.millrace.cli.PayloadText;
import dev.millrace.cli.StoreChoice;
import dev.millrace.cli.out.Moments;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Makes a schedule, or changes one. */
@Command(
        name = "add",
        description = {
            "Make a schedule: each tick makes a job. One of this name is changed; while its ticks stay the same, it keeps its place.",
            "The options on the job are those of enqueue, but for --id, --at and --expires-at, which can be true of one job only."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace schedule add nightly --cron \"0 3 * * *\" --zone Europe/Berlin report '{\"of\":\"sales\"}'",
            "  millrace schedule add pulse --every 30s ping --overlap skip"
        })
final class AddCommand implements Callable<Integer> {
    @ParentCommand
    private ScheduleCommand schedules;

    @Spec
    private CommandSpec spec;

    @Mixin
    private JobSettings settings;

    @Mixin
    private PayloadText text;

    @Parameters(index = "0", paramLabel = "NAME", description = "What the schedule is called.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "KIND", description = "What to run.")
    private String kind = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "PAYLOAD",
            description = "JSON; - reads it from the input; null if left out.")
    private @Nullable String payload;

    @ArgGroup(multiplicity = "1")
    private Ticks ticks = new Ticks();

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description = "Whose clock a cron expression goes by, as in Europe/Berlin; UTC if left out.")
    private @Nullable ZoneId zone;

    @Option(
            names = "--missed",
            paramLabel = "WHICH",
            converter = Words.OfMissed.class,
            completionCandidates = Words.OfMissed.class,
            description = "Ticks that nobody noticed within a minute: none is made up for (if left out), one, or all.")
    private Recurrence.Missed missed = Recurrence.Missed.NONE;

    @Option(
            names = "--overlap",
            paramLabel = "WHAT",
            converter = Words.OfOverlap.class,
            completionCandidates = Words.OfOverlap.class,
            description =
                    "A tick while the job before it is unfinished: allow makes a job (if left out), skip makes none.")
    private Recurrence.Overlap overlap = Recurrence.Overlap.ALLOW;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    /** When; one of the two. */
    static final class Ticks {
        @Option(
                names = "--cron",
                paramLabel = "EXPRESSION",
                description =
                        "Five fields (minute, hour, day of month, month, day of week), six with the second before them, or"
                                + " @hourly, @daily, @weekly, @monthly, @yearly (also @midnight, @annually).")
        private @Nullable String cron;

        @Option(names = "--every", paramLabel = "TIME", description = "Equally far apart: 30s, 5m, 2h, 1d.")
        private @Nullable Duration every;
    }

    @Override
    public Integer call() throws IOException {
        StoreChoice choice = schedules.main().store();
        choice.refuseMemory();
        settings.ofOneJob().ifPresent(option -> {
            throw usage(option + " can be true of one job only, and each tick makes a job of its own: leave it out");
        });
        // Checked before the store is opened: a mistake makes no file.
        Recurrence recurrence = recurrence().missed(missed).overlap(overlap);
        JobRequest<JsonNode> job = settings.apply(JobType.of(kind, JsonNode.class, JsonNode.class)
                .with(text.payload(payload, schedules.main().terminal(), spec)));
        try (Millrace millrace = choice.open()) {
            boolean there = millrace.schedule(name).info().isPresent();
            ScheduleHandle handle = millrace.schedule(name, recurrence, job);
            Optional<ScheduleInfo> made = handle.info();
            made.ifPresent(info -> print(info, there, millrace.store().now()));
        }
        return 0;
    }

    private Recurrence recurrence() {
        String cron = ticks.cron;
        if (cron != null) {
            return zone == null ? Recurrence.cron(cron) : Recurrence.cron(cron, zone);
        }
        if (zone != null) {
            throw usage("--zone is for cron expressions: with --every, leave it out");
        }
        return Recurrence.every(ticks.every == null ? Duration.ZERO : ticks.every);
    }

    private void print(ScheduleInfo info, boolean there, Instant now) {
        if (json) {
            spec.commandLine().getOut().println(ScheduleJson.of(info));
            return;
        }
        String next = info.nextTick()
                .map(tick ->
                        ": next " + ScheduleTimes.shown(tick, info.recurrence()) + ", " + Moments.distance(tick, now))
                .orElse(", and is paused: millrace schedule resume " + name);
        spec.commandLine().getOut().println(name + (there ? " changed" : " added") + next);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
