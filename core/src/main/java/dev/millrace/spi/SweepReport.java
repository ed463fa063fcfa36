package dev.millrace.spi;

/**
 * What a sweep did.
 *
 * @param promoted SCHEDULED jobs that became READY
 * @param rescued jobs taken back from dead sessions, or struck out
 * @param expired jobs cancelled because their time had passed
 * @param purged finished jobs deleted because they were kept long enough
 * @param more whether a limit was reached, or effects of what has ended are still to be delivered: sweep again soon
 */
public record SweepReport(int promoted, int rescued, int expired, int purged, boolean more) {}
