package dev.millrace.cli;

import dev.millrace.MillraceException;

/** What was asked for cannot be done: not found, refused. The message says what to do; the command ends with 1. */
public final class Refusal extends MillraceException {
    private static final long serialVersionUID = 1L;

    public Refusal(String message) {
        super(message);
    }
}
