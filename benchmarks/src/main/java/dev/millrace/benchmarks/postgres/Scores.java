package dev.millrace.benchmarks.postgres;

import dev.millrace.benchmarks.postgres.Contestant.Role;
import dev.millrace.benchmarks.postgres.Metric.Better;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** The figures of one metric, of all contestants and rounds, and their table. */
final class Scores {
    private final Metric metric;
    private final Map<Contestant, List<Double>> figures = new LinkedHashMap<>();
    private final Map<Contestant, String> remarks = new LinkedHashMap<>();

    Scores(Metric metric) {
        this.metric = metric;
    }

    void add(Contestant contestant, double figure) {
        figures.computeIfAbsent(contestant, c -> new ArrayList<>()).add(figure);
    }

    /** Says something of a contestant beside its figures. */
    void remark(Contestant contestant, String text) {
        remarks.merge(contestant, text, (old, more) -> old.contains(more) ? old : old + "; " + more);
    }

    /** As a table in Markdown, the contestants in this order. */
    List<String> table(List<Contestant> order) {
        List<String> lines = new ArrayList<>();
        lines.add("### " + metric.title());
        lines.add("");
        lines.add("| " + metric.unit() + " | min | median | max | ÷ raw | ÷ best peer | |");
        lines.add("|---|---:|---:|---:|---:|---:|---|");
        OptionalDouble raw = best(Role.RAW);
        OptionalDouble peer = best(Role.PEER);
        for (Contestant contestant : order) {
            List<Double> all = figures.getOrDefault(contestant, List.of());
            String remark = remarks.getOrDefault(contestant, "");
            if (!all.isEmpty()) {
                double median = median(all);
                lines.add("| " + contestant.name() + " | " + number(Collections.min(all)) + " | **" + number(median)
                        + "** | " + number(Collections.max(all)) + " | " + ratio(median, raw) + " | "
                        + ratio(median, peer) + " | " + remark + " |");
            } else if (!remark.isEmpty()) {
                lines.add("| " + contestant.name() + " | | – | | | | " + remark + " |");
            }
        }
        return lines;
    }

    private OptionalDouble best(Role role) {
        Comparator<Double> order =
                metric.better() == Better.MORE ? Comparator.naturalOrder() : Comparator.reverseOrder();
        return figures.entrySet().stream()
                .filter(entry -> entry.getKey().role() == role)
                .map(entry -> median(entry.getValue()))
                .max(order)
                .map(OptionalDouble::of)
                .orElseGet(OptionalDouble::empty);
    }

    private static double median(List<Double> all) {
        List<Double> sorted = all.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private static String ratio(double value, OptionalDouble to) {
        return to.isEmpty() || to.getAsDouble() == 0
                ? ""
                : String.format(Locale.ROOT, "%.2f", value / to.getAsDouble());
    }

    private String number(double value) {
        return String.format(Locale.ROOT, "%,." + metric.digits() + "f", value);
    }
}
