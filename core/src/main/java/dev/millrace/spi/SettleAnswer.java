package dev.millrace.spi;

/** What became of one outcome. */
public enum SettleAnswer {
    /** Recorded. */
    APPLIED,
    /** The same outcome of this run was recorded before; nothing was changed. */
    ALREADY,
    /** The run does not own the job any more, or the job is gone; nothing was changed. */
    STALE
}
