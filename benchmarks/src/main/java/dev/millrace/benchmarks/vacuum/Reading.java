package dev.millrace.benchmarks.vacuum;

import java.time.Duration;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * What happened in some seconds.
 *
 * @param at its end, from the start of the run
 * @param seconds how long it was
 * @param enqueued how many jobs were stored
 * @param done how many handlers ran
 * @param backlog how many jobs waited at its end; of several readings, the most
 * @param exchanges what exchanges that ask for jobs took, in nanoseconds
 * @param pickUps from the call of enqueue to the start of the handler, in nanoseconds
 * @param job the table of jobs at its end
 */
record Reading(
        Duration at,
        double seconds,
        long enqueued,
        long done,
        long backlog,
        Histogram exchanges,
        Histogram pickUps,
        Tables.Job job) {

    private static final String FORMAT = "%-22s %7s %7s  %8s %8s %8s  %8s %8s  %9s %9s %4s  %8s %8s  %8s";
    private static final double MEBIBYTE = 1 << 20;

    /** The two lines above readings. */
    static String head() {
        return String.format(
                        FORMAT,
                        "",
                        "jobs/s",
                        "",
                        "exchange",
                        "in ms",
                        "",
                        "pick-up",
                        "in ms",
                        "dead rows",
                        "",
                        "",
                        "MiB",
                        "",
                        "")
                + System.lineSeparator()
                + String.format(
                        FORMAT, "", "in", "done", "p50", "p99", "max", "p50", "p99", "job", "others", "vac", "job",
                        "indexes", "backlog");
    }

    /** One line, as {@link #head} heads it. */
    String line(String label) {
        return String.format(
                Locale.ROOT,
                FORMAT,
                label,
                whole(enqueued / seconds),
                whole(done / seconds),
                millis(exchanges.getValueAtPercentile(50)),
                millis(exchanges.getValueAtPercentile(99)),
                millis(exchanges.getMaxValue()),
                millis(pickUps.getValueAtPercentile(50)),
                millis(pickUps.getValueAtPercentile(99)),
                job.dead(),
                job.otherDead(),
                job.vacuums(),
                mebibytes(job.bytes()),
                mebibytes(job.indexBytes()),
                backlog);
    }

    /** Minutes and seconds from the start of the run. */
    String clock() {
        return String.format("%d:%02d", at.toMinutes(), at.toSecondsPart());
    }

    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / MEBIBYTE);
    }

    private static String whole(double value) {
        return String.format(Locale.ROOT, "%.0f", value);
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.2f", nanos / 1e6);
    }
}
