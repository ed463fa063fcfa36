package dev.millrace.internal.worker;

import dev.millrace.Progress;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Report;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IllegalFormatException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a handler says of its run, until the store is told: its progress, of which the latest counts, and lines of log. */
final class RunNews {
    /** The most log text held between two beats, in characters; what is logged beyond it pushes the oldest out. */
    private static final int MAX_PENDING_LOG = Report.MAX_LOG;

    private @Nullable Progress progress;
    private @Nullable List<LogLine> log;
    private int logSize;

    void progress(long done, long total, String message) {
        if (done < 0 || total < 0) {
            throw new IllegalArgumentException(
                    "progress of " + done + " of " + total + " is negative: count from zero");
        }
        Progress latest = new Progress(done, total, message.length() <= 1_000 ? message : message.substring(0, 1_000));
        synchronized (this) {
            progress = latest;
        }
    }

    void log(String format, @Nullable Object... args) {
        String text = args.length == 0 ? format : formatted(format, args);
        if (text.length() > MAX_PENDING_LOG) {
            text = text.substring(0, MAX_PENDING_LOG - 1) + "…";
        }
        LogLine line = new LogLine(Instant.now(), text);
        synchronized (this) {
            List<LogLine> lines = log;
            if (lines == null) {
                lines = new ArrayList<>();
                log = lines;
            }
            lines.add(line);
            logSize += text.length();
            while (logSize > MAX_PENDING_LOG || lines.size() > Report.MAX_LINES) {
                logSize -= lines.remove(0).text().length();
            }
        }
    }

    private static String formatted(String format, @Nullable Object[] args) {
        try {
            return String.format(format, args);
        } catch (IllegalFormatException e) {
            return format + " " + Arrays.toString(args);
        }
    }

    /** What was said since this was last called. */
    synchronized Report take() {
        Report report = report();
        progress = null;
        log = null;
        logSize = 0;
        return report;
    }

    /** What there is to tell, which is kept. */
    synchronized Report report() {
        return progress == null && log == null
                ? Report.NONE
                : new Report(progress, log == null ? List.of() : List.copyOf(log));
    }
}
