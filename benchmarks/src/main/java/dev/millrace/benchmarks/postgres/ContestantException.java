package dev.millrace.benchmarks.postgres;

/** A contestant could not do what was asked of it; the others go on without it. */
final class ContestantException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ContestantException(String message) {
        super(message);
    }
}
