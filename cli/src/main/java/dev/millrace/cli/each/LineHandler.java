package dev.millrace.cli.each;

import dev.millrace.Handler;
import dev.millrace.JobContext;
import dev.millrace.Snooze;
import dev.millrace.cli.exec.Attempt;
import dev.millrace.cli.exec.ProgramFailure;
import dev.millrace.cli.out.Durations;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Runs the command for a line, and prints what it printed. */
final class LineHandler implements Handler<Line.Payload, Line.Result> {
    /** What a command ends with that a terminal's Ctrl-C has reached, or a supervisor's SIGTERM: 128 and the signal. */
    private static final int SIGINT = 130;

    private static final int SIGTERM = 143;
    /** How much later than a command this process may learn of a signal that was meant for both. */
    private static final Duration SIGNAL_SPREAD = Duration.ofMillis(500);

    private static final int MOST_DOUBLINGS = 6;

    private final Commands commands;
    private final Places places;

    /**
     * What to run.
     *
     * @param template the command
     * @param timeout how long an attempt may take; null for any time
     * @param retries how many attempts may follow the first
     */
    record Commands(Template template, @Nullable Duration timeout, int retries) {}

    /** Where lines come from, and where what became of them goes. */
    record Places(Window window, Spool spool, Screen screen, Delivery delivery, LineTally tally, Halt halt) {}

    LineHandler(Commands commands, Places places) {
        this.commands = commands;
        this.places = places;
    }

    @Override
    public Line.Result handle(Line.Payload payload, JobContext job) throws Exception {
        Line line = places.window().find(job.id());
        if (line == null || places.halt().requested()) {
            // An earlier run's, which this one's input has not asked for yet, or will not.
            throw new Snooze(Duration.ofSeconds(1L << Math.min(MOST_DOUBLINGS, job.snoozes())));
        }
        Line.Ending before = line.ending();
        if (before instanceof Line.Ending.Succeeded succeeded) {
            return succeeded.result(); // done here, but the store did not come to know
        }
        if (before instanceof Line.Ending.Failed failed) {
            throw new ProgramFailure(failed.reason());
        }
        line.begin();
        Output output = places.spool().next();
        try {
            return attempt(line, output, job);
        } catch (IOException e) {
            places.halt().fail(e);
            throw new Snooze(Duration.ZERO);
        }
    }

    private Line.Result attempt(Line line, Output output, JobContext job) throws Exception {
        long begun = System.nanoTime();
        Attempt.End end;
        try {
            end = new Attempt(commands.template().of(line.text()), output.out(), output.err())
                    .run(job, commands.timeout());
        } catch (InterruptedException e) {
            output.delete();
            throw e;
        }
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        if (end instanceof Attempt.End.Exited exited) {
            if ((exited.code() == SIGINT || exited.code() == SIGTERM)
                    && places.halt().await(SIGNAL_SPREAD)) {
                output.delete();
                throw new Snooze(Duration.ZERO); // not its fault: the signal was meant for this process
            }
            if (exited.code() == 0) {
                return succeeded(line, output, new Report.Attempt(0, job.attempt(), took));
            }
            return failed(line, output, "exit code " + exited.code(), attempt(exited.code(), job, took));
        }
        if (end instanceof Attempt.End.NotStarted not) {
            return failed(line, output, not.reason(), attempt(-1, job, took));
        }
        Duration most = commands.timeout() == null ? took : commands.timeout();
        return failed(line, output, "timed out after " + Durations.human(most), attempt(-1, job, took));
    }

    private static Report.Attempt attempt(int exitCode, JobContext job, Duration took) {
        return new Report.Attempt(exitCode, job.attempt(), took);
    }

    private Line.Result succeeded(Line line, Output output, Report.Attempt attempt) throws IOException {
        Line.Result result = output.result();
        places.screen().err(output.err());
        places.delivery()
                .deliver(new Report(line, new Report.State.Succeeded(attempt), new Report.Content.Spooled(output)));
        line.end(new Line.Ending.Succeeded(result));
        places.window().ended(line);
        return result;
    }

    private Line.Result failed(Line line, Output output, String reason, Report.Attempt attempt)
            throws IOException, ProgramFailure {
        String last = output.lastWords();
        places.screen().err(output.err());
        if (attempt.number() > commands.retries()) {
            places.delivery()
                    .deliver(new Report(
                            line, new Report.State.Failed(reason, attempt), new Report.Content.Spooled(output)));
            line.end(new Line.Ending.Failed(reason));
            places.window().ended(line);
        } else {
            places.tally().retried();
            output.delete();
        }
        throw new ProgramFailure(reason + (last.isEmpty() ? "" : ": " + last));
    }
}
