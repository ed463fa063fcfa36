package dev.millrace.cli.out;

import dev.millrace.Failure;
import dev.millrace.JobInfo;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.RunRecord;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A job for people, section by section. */
public final class JobSheet {
    private final PrintWriter out;
    private final Terminal terminal;

    public JobSheet(PrintWriter out, Terminal terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Prints the job and what its runs left. */
    public void print(JobInfo job, JobTrail trail, Kinship kin, Instant now) {
        head(job);
        kin.lines(job).forEach(this::line);
        times(job.record().times(), now);
        json("Payload", JobJson.payload(job));
        json("Result", JobJson.result(job));
        job.failure().ifPresent(failure -> failure(failure));
        runs(trail);
        log(trail, now);
        if (!trail.steps().isEmpty()) {
            title("Steps done");
            new TreeSet<>(trail.steps().keySet()).forEach(step -> out.println("  " + safe(step)));
        }
    }

    private void head(JobInfo job) {
        JobRecord record = job.record();
        String state = JobJson.lower(job.state())
                + job.cancelReason()
                        .map(reason -> " (" + JobJson.lower(reason).replace('_', ' ') + ")")
                        .orElse("")
                + (record.gate() == null ? "" : " (waits for its " + JobJson.lower(record.gate()) + ")")
                + (record.run().cancelRequested() ? " (is to be cancelled)" : "");
        out.println(Style.BOLD.of(job.kind(), terminal.colours()) + " " + job.id());
        line("state", Style.of(job.state()).of(state, terminal.colours()));
        line("queue", job.queue() + (job.priority() == 0 ? "" : ", priority " + job.priority()));
        if (job.attempt() > 0) {
            line(
                    "attempt",
                    job.attempt()
                            + count(record.run().snoozes(), "snooze")
                            + count(record.run().rescues(), "rescue"));
        }
        if (!job.progress().toString().isEmpty()) {
            line("progress", safe(job.progress().toString()));
        }
        if (!job.tags().isEmpty()) {
            line("tags", String.join(", ", new TreeSet<>(job.tags())));
        }
        for (Map.Entry<String, String> entry : new TreeMap<>(job.meta()).entrySet()) {
            line("meta", entry.getKey() + " = " + safe(entry.getValue()));
        }
        job.uniqueKey().ifPresent(key -> line("unique", key));
        if (record.spec().keys().group() != null) {
            line(
                    "group",
                    record.spec().keys().group().name() + " "
                            + record.spec().keys().group().key());
        }
    }

    private static String count(int number, String what) {
        return number == 0 ? "" : ", " + number + " " + what + (number == 1 ? "" : "s");
    }

    private void times(JobRecord.Times times, Instant now) {
        time("enqueued", times.createdAt(), now);
        if (times.dueAt().isAfter(times.createdAt())) {
            time("due", times.dueAt(), now);
        }
        time("started", times.startedAt(), now);
        time("finished", times.finishedAt(), now);
        if (times.startedAt() != null && times.finishedAt() != null) {
            line("took", Durations.human(length(times.startedAt(), times.finishedAt())));
        }
        time("expires", times.expiresAt(), now);
        time("kept until", times.keepUntil(), now);
    }

    private void time(String name, @Nullable Instant time, Instant now) {
        if (time != null) {
            line(name, Moments.exact(time) + "  " + Style.DIM.of(Moments.distance(time, now), terminal.colours()));
        }
    }

    private void json(String title, @Nullable JsonNode node) {
        if (node != null && !node.isNull()) {
            title(title);
            node.toPrettyString().lines().forEach(line -> out.println("  " + safe(line)));
        }
    }

    private void failure(Failure failure) {
        title("Error");
        String text = failure.stack().isEmpty() ? failure.toString() : failure.stack();
        text.lines().forEach(line -> out.println("  " + safe(line)));
    }

    private void runs(JobTrail trail) {
        if (trail.runs().isEmpty()) {
            return;
        }
        title("Runs");
        Table table = new Table(">RUN", "TRY", "END", "STARTED", "TOOK", "WORKER", "ERROR");
        for (RunRecord run : trail.runs()) {
            table.row(
                    Long.toString(run.token()),
                    Integer.toString(run.attempt()),
                    JobJson.lower(run.end()).replace('_', ' '),
                    Moments.exact(run.startedAt()).substring(11),
                    Durations.human(length(run.startedAt(), run.endedAt())),
                    run.worker(),
                    run.failure() == null ? "" : brief(run.failure()));
        }
        table.print(out, terminal);
    }

    private void log(JobTrail trail, Instant now) {
        if (trail.log().isEmpty()) {
            return;
        }
        title("Log");
        for (LogLine line : trail.log()) {
            String time = Style.DIM.of(Moments.brief(line.at(), now), terminal.colours());
            out.println("  " + time + "  " + safe(line.text()));
        }
    }

    /** The error without the package of its class, for where room is scarce. */
    public static String brief(Failure failure) {
        String type = failure.type().substring(failure.type().lastIndexOf('.') + 1);
        return failure.message().isEmpty() ? type : type + ": " + failure.message();
    }

    private static Duration length(Instant from, Instant to) {
        return to.isBefore(from) ? Duration.ZERO : Duration.between(from, to);
    }

    private void title(String text) {
        out.println();
        out.println(Style.BOLD.of(text, terminal.colours()));
    }

    private void line(String name, String value) {
        out.println("  " + Style.DIM.of(String.format("%-11s", name), terminal.colours()) + value);
    }

    /** Stored text may hold sequences that a terminal would obey. */
    private static String safe(String text) {
        return text.replace("\t", "    ").replaceAll("\\p{Cntrl}", "?");
    }
}
