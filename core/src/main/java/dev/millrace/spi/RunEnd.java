package dev.millrace.spi;

/** How a run ended, in a job's records. */
public enum RunEnd {
    SUCCEEDED,
    RETRIED,
    FAILED,
    SNOOZED,
    HANDED_BACK,
    EXPIRED,
    CANCELLED,
    /** Its worker was not heard of for a lease, and the job was taken back. */
    RESCUED
}
