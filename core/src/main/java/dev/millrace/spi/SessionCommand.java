package dev.millrace.spi;

/** What an operator can ask of a worker from afar. */
public enum SessionCommand {
    /** Claim nothing more, finish what runs, stay. */
    QUIET,
    /** Stop gracefully. */
    STOP,
    /** Take back {@link #QUIET}. */
    RESUME
}
