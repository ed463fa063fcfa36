package dev.millrace;

/**
 * What became of a listener's events so far.
 *
 * @param listener the listener's class
 * @param delivered events that it was told, whether it threw or not
 * @param dropped events that it will not hear of, because {@link JobListener#WAITING} others waited already
 * @param thrown how often it threw
 * @param waiting events that wait for it now
 */
public record ListenerStats(String listener, long delivered, long dropped, long thrown, int waiting) {}
