package dev.millrace.internal.memory;

import dev.millrace.Progress;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a job's runs left behind, within the limits of {@link JobTrail#MAX_RUNS} and {@link Report#MAX_LOG}. */
final class Trail {
    private static final String DROPPED = "(older lines were dropped)";

    private final Deque<RunRecord> runs = new ArrayDeque<>(1);
    private final Deque<LogLine> log = new ArrayDeque<>(1);
    private int logSize;
    private boolean dropped;
    private Map<String, byte[]> steps = Map.of();
    private Progress progress = Progress.NONE;

    void add(RunRecord run) {
        runs.addLast(run);
        if (runs.size() > JobTrail.MAX_RUNS) {
            runs.removeFirst();
        }
    }

    /** Takes in what a run told. */
    void add(Report report) {
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

    void putStep(String name, byte[] value) {
        Map<String, byte[]> more = new LinkedHashMap<>(steps);
        more.put(name, value);
        steps = more;
    }

    void forgetSteps() {
        steps = Map.of();
    }

    void forgetProgress() {
        progress = Progress.NONE;
    }

    Progress progress() {
        return progress;
    }

    Map<String, byte[]> steps() {
        return Map.copyOf(steps);
    }

    boolean hasRun(long token, RunEnd end) {
        return runs.stream().anyMatch(run -> run.token() == token && run.end() == end);
    }

    JobTrail copy() {
        List<LogLine> lines = new ArrayList<>(log);
        if (dropped && !lines.isEmpty()) {
            lines.add(0, new LogLine(lines.get(0).at(), DROPPED));
        }
        return new JobTrail(List.copyOf(runs), List.copyOf(lines), Map.copyOf(steps));
    }
}
