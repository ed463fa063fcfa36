package dev.millrace.benchmarks.postgres;

import java.util.Locale;

/** Counts as people read them. */
final class Counts {
    private Counts() {}

    static String of(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }
}
