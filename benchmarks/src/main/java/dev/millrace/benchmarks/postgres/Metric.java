package dev.millrace.benchmarks.postgres;

/**
 * Something measured.
 *
 * @param title the heading of its table
 * @param unit of its figures
 * @param better which figures are the better ones
 * @param digits how many digits after the point
 */
record Metric(String title, String unit, Better better, int digits) {
    /** Which way is up. */
    enum Better {
        MORE,
        LESS
    }

    /** A latency or a cost. */
    static Metric cost(String title, String unit, int digits) {
        return new Metric(title, unit + ", less is better", Better.LESS, digits);
    }

    /** A rate. */
    static Metric rate(String title) {
        return new Metric(title, "jobs/s", Better.MORE, 0);
    }
}
