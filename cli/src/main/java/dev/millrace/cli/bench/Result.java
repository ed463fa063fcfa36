package dev.millrace.cli.bench;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What was measured.
 *
 * @param value the value, of the median run
 * @param unit its unit
 * @param latency percentiles, where a latency was measured
 * @param duplicates how many jobs ran twice, over all runs
 * @param lost how many jobs had not SUCCEEDED at the end, over all runs
 * @param raw the same work done by the bare engine, in the same unit and the same bench; null where there is none
 */
record Result(
        double value,
        String unit,
        @Nullable Percentiles latency,
        long duplicates,
        long lost,
        @Nullable Double raw) {

    static Result of(double value, String unit) {
        return new Result(value, unit, null, 0, 0, null);
    }

    Result withRaw(@Nullable Double value) {
        return new Result(this.value, unit, latency, duplicates, lost, value);
    }

    Result withFaults(long allDuplicates, long allLost) {
        return new Result(value, unit, latency, allDuplicates, allLost, raw);
    }

    /** This as a share of what the bare engine does; null where there is none. */
    @Nullable
    Double ratio() {
        return raw == null || raw == 0 ? null : value / raw;
    }

    /** Latency in microseconds. */
    record Percentiles(double p50, double p90, double p99, double p999) {
        /** Of nanoseconds. */
        static Percentiles of(Histogram nanos) {
            return new Percentiles(
                    nanos.getValueAtPercentile(50) / 1e3,
                    nanos.getValueAtPercentile(90) / 1e3,
                    nanos.getValueAtPercentile(99) / 1e3,
                    nanos.getValueAtPercentile(99.9) / 1e3);
        }
    }

    /** The median of a latency in microseconds, with its percentiles. */
    static Result ofLatency(Histogram nanos) {
        Percentiles percentiles = Percentiles.of(nanos);
        return new Result(percentiles.p50(), "µs", percentiles, 0, 0, null);
    }
}
