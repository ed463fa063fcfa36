package dev.millrace;

/** What became of an enqueued job. */
public enum Enqueued {
    /** It was stored. */
    NEW,
    /** It was not stored: another job of its kind holds its unique key, or its id is known; the handle is that job's. */
    DUPLICATE,
    /** A job of its kind that holds its unique key, and waits, is from now on what was enqueued; the handle is that job's. */
    REPLACED
}
