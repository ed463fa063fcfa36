package dev.millrace.spi;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What was looked at, and what was found there.
 *
 * @param looked what was looked at, each in a few words: "the oldest transaction"; also what could not be read, which a finding
 *     says
 * @param findings worst first
 */
public record Examination(List<String> looked, List<Finding> findings) {
    /** Nothing was looked at. */
    public static final Examination NONE = new Examination(List.of(), List.of());

    public Examination {
        looked = List.copyOf(looked);
        findings = findings.stream()
                .sorted(Comparator.comparing(Finding::severity).reversed())
                .toList();
    }

    /** Both of them. */
    public Examination and(Examination other) {
        List<String> allLooked = new ArrayList<>(looked);
        allLooked.addAll(other.looked);
        List<Finding> all = new ArrayList<>(findings);
        all.addAll(other.findings);
        return new Examination(allLooked, all);
    }

    /** How bad the worst finding is; empty where nothing was found. */
    public Optional<Finding.Severity> worst() {
        return findings.stream().findFirst().map(Finding::severity);
    }
}
