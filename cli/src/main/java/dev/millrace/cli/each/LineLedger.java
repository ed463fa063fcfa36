package dev.millrace.cli.each;

import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Serializer;
import dev.millrace.spi.JobRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Compares what the store says of lines with what this run knows, and acts on it. Safe for use from any thread. */
final class LineLedger {
    private static final Serializer JSON = Serializer.json();
    private static final int MOST_AT_ONCE = 500;
    /** The failure's type of a job that was running at too many deaths of its process; see Transition.STRIKE_OUT. */
    private static final String WORKER_DIED = "WorkerDied";

    private final Millrace millrace;
    private final LineHandler.Places places;
    private final Patience patience;
    private final Replay replay;

    /** What to do with the output of lines that had succeeded before. */
    enum Replay {
        NOTHING,
        PRINT
    }

    LineLedger(Millrace millrace, LineHandler.Places places, Patience patience, Replay replay) {
        this.millrace = millrace;
        this.places = places;
        this.patience = patience;
        this.replay = replay;
    }

    /**
     * Lines just taken in whose jobs were in the store already, from an earlier run: those that have succeeded are skipped,
     * those that have failed or were cancelled run again, those that wait run now.
     */
    void meet(List<Line> lines) throws InterruptedException, IOException {
        Set<UUID> again = new HashSet<>();
        Set<UUID> now = new HashSet<>();
        for (Compared one : compare(lines)) {
            JobState state = one.state();
            if (state == JobState.FAILED || state == JobState.CANCELLED) {
                if (one.line().ending() == null) {
                    again.add(one.line().id());
                }
            } else {
                apply(one, again, now);
            }
        }
        act(again, now);
    }

    /**
     * Lines that were taken in before.
     *
     * @return those that have not ended, as far as the store knows
     */
    List<Line> look(List<Line> lines) throws InterruptedException, IOException {
        Set<UUID> again = new HashSet<>();
        Set<UUID> now = new HashSet<>();
        List<Line> left = new ArrayList<>();
        for (Compared one : compare(lines)) {
            if (!apply(one, again, now)) {
                left.add(one.line());
            }
        }
        act(again, now);
        return left;
    }

    /** A line that cannot be run. */
    void refuse(Line line, String reason) throws IOException {
        places.window().admit(line);
        lost(line, reason);
    }

    private record Compared(Line line, @Nullable JobRecord job) {
        @Nullable
        JobState state() {
            return job == null ? null : job.state();
        }
    }

    private List<Compared> compare(List<Line> lines) throws InterruptedException {
        Map<UUID, JobRecord> jobs = new HashMap<>();
        for (int i = 0; i < lines.size(); i += MOST_AT_ONCE) {
            List<UUID> ids = lines.subList(i, Math.min(lines.size(), i + MOST_AT_ONCE)).stream()
                    .map(Line::id)
                    .toList();
            Collection<JobRecord> found = patience.insist(() -> millrace.store().get(ids));
            found.forEach(job -> jobs.put(job.id(), job));
        }
        return lines.stream()
                .map(line -> new Compared(line, jobs.get(line.id())))
                .toList();
    }

    /** Whether the line has ended. */
    private boolean apply(Compared one, Set<UUID> again, Set<UUID> now) throws IOException {
        Line line = one.line();
        JobRecord job = one.job();
        if (job == null) {
            gone(line);
            return true;
        }
        switch (job.state()) {
            case SUCCEEDED -> succeeded(line, job);
            case FAILED -> {
                if (line.ending() == null && isStrike(job)) {
                    again.add(line.id());
                    return false;
                }
                failed(line, job);
            }
            case CANCELLED -> lost(line, "its job was cancelled");
            case SCHEDULED -> {
                if (!line.tried()) {
                    now.add(line.id());
                }
                return false;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean isStrike(JobRecord job) {
        return job.failure() != null && job.failure().type().equals(WORKER_DIED);
    }

    private void act(Set<UUID> again, Set<UUID> now) throws InterruptedException {
        if (!again.isEmpty()) {
            patience.insist(() -> millrace.jobs().ids(again).retryAll());
        }
        if (!now.isEmpty()) {
            patience.insist(() -> millrace.jobs().ids(now).rescheduleAll(Duration.ZERO));
        }
    }

    private void succeeded(Line line, JobRecord job) throws IOException {
        boolean here = line.ending() instanceof Line.Ending.Succeeded;
        if (!places.window().confirm(line)) {
            return;
        }
        if (here) {
            places.tally().done();
        } else {
            places.tally().skipped();
            places.delivery().deliver(new Report(line, new Report.State.Skipped(), replayed(line, job)));
        }
    }

    private Report.Content replayed(Line line, JobRecord job) {
        byte[] stored = job.result();
        if (replay == Replay.NOTHING || stored == null) {
            return new Report.Content.None();
        }
        Line.Result result = (Line.Result) JSON.read(stored, Line.Result.class);
        if (result == null) {
            return new Report.Content.None();
        }
        byte[] output = result.output();
        if (output == null) {
            places.screen()
                    .say("cannot print the output of \"" + line.text() + "\" again: its " + result.bytes()
                            + " bytes are more than the " + Output.MOST_KEPT + " that are kept in the store");
            return new Report.Content.None();
        }
        return new Report.Content.Kept(output);
    }

    /** Its job is in the store no more: if it ended here, it has been kept for its time since. */
    private void gone(Line line) throws IOException {
        Line.Ending ending = line.ending();
        if (ending instanceof Line.Ending.Succeeded) {
            if (places.window().confirm(line)) {
                places.tally().done();
            }
        } else if (ending instanceof Line.Ending.Failed failed) {
            failedHere(line, failed);
        } else {
            lost(line, "its job was deleted from the store, which knows its id for another hour: use --again, or wait");
        }
    }

    private void failed(Line line, JobRecord job) throws IOException {
        if (line.ending() instanceof Line.Ending.Failed failed) {
            failedHere(line, failed);
        } else {
            lost(line, job.failure() == null ? "it failed" : job.failure().message());
        }
    }

    private void failedHere(Line line, Line.Ending.Failed failed) throws IOException {
        if (places.window().confirm(line)) {
            places.tally().failed(line.text(), failed.reason());
        }
    }

    /** It ended, but not by this run's doing. */
    private void lost(Line line, String reason) throws IOException {
        Line.Ending ending = line.ending();
        if (places.window().confirm(line)) {
            places.tally().failed(line.text(), reason);
            if (ending == null) {
                places.delivery().deliver(new Report(line, new Report.State.Unrun(reason), new Report.Content.None()));
            }
        }
    }
}
