package dev.millrace.cli.out;

import dev.millrace.JobState;

/** Colours, on a terminal that shows them; elsewhere plain text. */
public enum Style {
    BOLD("1"),
    DIM("2"),
    RED("31"),
    GREEN("32"),
    YELLOW("33"),
    CYAN("36"),
    CHOSEN("7"),
    PLAIN("");

    private final String code;

    Style(String code) {
        this.code = code;
    }

    /** The text in this style, or as it is. */
    public String of(String text, boolean colours) {
        return !colours || code.isEmpty() || text.isEmpty() ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
    }

    /** How a state looks. */
    public static Style of(JobState state) {
        return switch (state) {
            case FAILED -> RED;
            case SUCCEEDED -> GREEN;
            case RUNNING -> CYAN;
            case SCHEDULED, BLOCKED -> YELLOW;
            case CANCELLED -> DIM;
            case READY -> PLAIN;
        };
    }
}
