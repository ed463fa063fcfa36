package dev.millrace.nats;

import dev.millrace.Failure;
import dev.millrace.Progress;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a job's runs left behind, within the limits of {@link JobTrail#MAX_RUNS} and {@link Report#MAX_LOG}. */
final class Trail {
    private static final String DROPPED = "(older lines were dropped)";

    private final Deque<RunRecord> runs = new ArrayDeque<>(1);
    private final Deque<LogLine> log = new ArrayDeque<>(1);
    private final Map<String, byte[]> steps = new LinkedHashMap<>();
    private int logSize;
    private boolean dropped;
    private Progress progress = Progress.NONE;
    private @Nullable Failure failure;

    void add(Trace trace) {
        if (trace instanceof Trace.Ran ran) {
            add(ran.run());
            failure = ran.run().failure() == null ? failure : ran.run().failure();
        } else if (trace instanceof Trace.Told told) {
            add(told.report());
        } else if (trace instanceof Trace.Stepped step) {
            steps.put(step.name(), step.value());
        } else if (trace instanceof Trace.StepsForgotten) {
            steps.clear();
        } else if (trace instanceof Trace.BegunAnew) {
            failure = null;
            progress = Progress.NONE;
        } else if (trace instanceof Trace.Whole whole) {
            whole.trail().runs().forEach(this::add);
            add(new Report(whole.progress(), whole.trail().log()));
            steps.putAll(whole.trail().steps());
            dropped |= whole.dropped();
            failure = whole.failure();
        }
    }

    void add(RunRecord run) {
        runs.addLast(run);
        if (runs.size() > JobTrail.MAX_RUNS) {
            runs.removeFirst();
        }
    }

    private void add(Report report) {
        if (report.progress() != null) {
            progress = report.progress();
        }
        for (LogLine line : report.log()) {
            log.addLast(line);
            logSize += line.text().length();
            while (logSize > Report.MAX_LOG || log.size() > Report.MAX_LINES) {
                logSize -= log.removeFirst().text().length();
                dropped = true;
            }
        }
    }

    Progress progress() {
        return progress;
    }

    @Nullable
    Failure failure() {
        return failure;
    }

    Map<String, byte[]> steps() {
        return Map.copyOf(steps);
    }

    JobTrail shown() {
        List<LogLine> lines = new ArrayList<>(log);
        if (dropped && !lines.isEmpty()) {
            lines.add(0, new LogLine(lines.get(0).at(), DROPPED));
        }
        return new JobTrail(List.copyOf(runs), List.copyOf(lines), Map.copyOf(steps));
    }

    /** All of it in one. */
    Trace.Whole whole() {
        return new Trace.Whole(
                new JobTrail(List.copyOf(runs), List.copyOf(log), Map.copyOf(steps)), dropped, progress, failure);
    }
}
