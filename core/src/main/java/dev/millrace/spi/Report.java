package dev.millrace.spi;

import dev.millrace.Progress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run has to tell since it last told.
 *
 * @param progress the latest progress; null when it did not change
 * @param log new log lines, oldest first, each with its time
 */
public record Report(@Nullable Progress progress, List<LogLine> log) {
    /** Nothing new. */
    public static final Report NONE = new Report(null, List.of());
    /** The most log text kept of one job, in characters; the oldest lines go first, and a first line says so. */
    public static final int MAX_LOG = 64 * 1024;
    /** The most log lines kept of one job, so that empty ones are bounded too. */
    public static final int MAX_LINES = 5_000;

    public boolean isEmpty() {
        return progress == null && log.isEmpty();
    }
}
