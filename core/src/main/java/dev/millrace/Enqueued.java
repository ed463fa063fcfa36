package dev.millrace;

/** What became of an enqueued job. */
public enum Enqueued {
    /** It was stored. */
    NEW,
    /** It was not stored: an unfinished job of its kind holds its unique key, and the handle is that job's. */
    DUPLICATE
}
