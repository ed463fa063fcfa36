package dev.millrace;

import java.util.List;

/**
 * Whether all is well.
 *
 * @param status in a word
 * @param score 0 to 100; HEALTHY from 80, DEGRADED from 50
 * @param reasons what takes points off, worst first; empty when the score is 100
 */
public record Health(Status status, int score, List<String> reasons) {

    /** In a word. */
    public enum Status {
        HEALTHY,
        DEGRADED,
        UNHEALTHY
    }

    public Health {
        reasons = List.copyOf(reasons);
    }

    /** The status that a score means. */
    public static Status of(int score) {
        return score >= 80 ? Status.HEALTHY : score >= 50 ? Status.DEGRADED : Status.UNHEALTHY;
    }

    @Override
    public String toString() {
        return status + " (" + score + ")" + (reasons.isEmpty() ? "" : ": " + String.join("; ", reasons));
    }
}
