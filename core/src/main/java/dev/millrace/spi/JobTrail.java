package dev.millrace.spi;

import java.util.List;
import java.util.Map;

/**
 * What a job's runs left behind.
 *
 * @param runs records of ended runs, oldest first, at most {@value #MAX_RUNS}
 * @param log log lines, oldest first
 * @param steps results of {@code once} steps by name; forgotten when the job ends
 */
public record JobTrail(List<RunRecord> runs, List<LogLine> log, Map<String, byte[]> steps) {
    /** The most records of runs kept per job; the oldest go first. */
    public static final int MAX_RUNS = 20;

    public static final JobTrail EMPTY = new JobTrail(List.of(), List.of(), Map.of());
}
