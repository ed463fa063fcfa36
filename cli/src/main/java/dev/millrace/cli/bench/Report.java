package dev.millrace.cli.bench;

import dev.millrace.cli.out.Durations;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Prints results as they come: a line each. */
final class Report {
    private static final String LINE = "%-22s %14s %8s %8s %8s %3s %4s %7s %5s%n";

    private final PrintWriter out;
    private final boolean json;

    Report(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json;
    }

    void head() {
        if (!json) {
            out.printf(Locale.ROOT, LINE, "NAME", "VALUE", "P50", "P99", "P99.9", "DUP", "LOST", "RAW", "RATIO");
            out.flush();
        }
    }

    void row(Row row, Result result) {
        if (json) {
            out.println(object(row, result));
        } else {
            line(row, result);
        }
        out.flush();
    }

    private void line(Row row, Result result) {
        Result.Percentiles latency = result.latency();
        Double ratio = result.ratio();
        out.printf(
                Locale.ROOT,
                LINE,
                row.name(),
                value(result.value(), result.unit()),
                latency == null ? "" : micros(latency.p50()),
                latency == null ? "" : micros(latency.p99()),
                latency == null ? "" : micros(latency.p999()),
                result.duplicates(),
                result.lost(),
                result.raw() == null ? "-" : String.format(Locale.ROOT, "%,.0f", result.raw()),
                ratio == null ? "-" : String.format(Locale.ROOT, "%.2f", ratio));
    }

    private static String value(double value, String unit) {
        return unit.equals("µs") ? micros(value) : String.format(Locale.ROOT, "%,.0f %s", value, unit);
    }

    private static String micros(double value) {
        return Durations.nanos(Math.round(value * 1e3));
    }

    private static ObjectNode object(Row row, Result result) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("name", row.name());
        json.put("what", row.what());
        json.put("value", rounded(result.value()));
        json.put("unit", result.unit());
        Result.Percentiles latency = result.latency();
        if (latency != null) {
            json.put("p50", rounded(latency.p50()));
            json.put("p90", rounded(latency.p90()));
            json.put("p99", rounded(latency.p99()));
            json.put("p999", rounded(latency.p999()));
        }
        json.put("duplicates", result.duplicates());
        json.put("lost", result.lost());
        put(json, "raw", result.raw());
        put(json, "ratio", result.ratio());
        return json;
    }

    private static void put(ObjectNode json, String name, @Nullable Double value) {
        if (value != null) {
            json.put(name, value < 10 ? Math.round(value * 1000) / 1000.0 : rounded(value));
        }
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }
}
