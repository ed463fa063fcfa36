package dev.millrace.internal.doctor;

import java.time.Duration;

/** Figures as people read them. */
final class Texts {
    private Texts() {}

    static String span(Duration span) {
        long seconds = span.toSeconds();
        if (seconds < 10) {
            return span.toMillis() + " ms";
        }
        if (seconds < 120) {
            return seconds + " s";
        }
        return seconds < 7_200 ? seconds / 60 + " min" : seconds / 3_600 + " h";
    }

    static String jobs(long count) {
        return count == 0 ? "no job" : count == 1 ? "1 job" : count + " jobs";
    }
}
