package dev.millrace.internal;

import java.util.Collection;
import java.util.Optional;
import java.util.TreeSet;

/** What somebody may have meant by a name that is not known. */
public final class Nearest {
    private Nearest() {}

    /** What to add to an error about an unknown name. */
    public static String to(String name, Collection<String> known) {
        if (known.isEmpty()) {
            return ": they have none";
        }
        Optional<String> near = known.stream()
                .filter(other -> distance(name, other) <= Math.max(2, name.length() / 3))
                .min((a, b) -> Integer.compare(distance(name, a), distance(name, b)));
        return near.map(other -> ": did you mean \"" + other + "\"?").orElse("")
                + (near.isPresent() ? " Known are " : ": known are ")
                + String.join(", ", new TreeSet<>(known));
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
