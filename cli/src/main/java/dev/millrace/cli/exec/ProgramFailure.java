package dev.millrace.cli.exec;

/** A program failed its job. No stack trace: it would show only this side. */
public final class ProgramFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public ProgramFailure(String message) {
        super(message, null, false, false);
    }
}
