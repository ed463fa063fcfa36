package dev.millrace.spi;

import java.util.List;
import java.util.UUID;

/**
 * A sign of life.
 *
 * @param session the session to renew
 * @param status what the worker tells of itself, as the engine wrote it (JSON); replaces what was stored
 * @param reports news of runs under way; those of runs that do not own their job any more are dropped
 */
public record Beat(UUID session, String status, List<RunReport> reports) {
    /**
     * News of one run.
     *
     * @param run the run
     * @param report what it tells
     */
    public record RunReport(RunRef run, Report report) {}
}
