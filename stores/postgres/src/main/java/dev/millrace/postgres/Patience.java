package dev.millrace.postgres;

import java.time.Duration;

/**
 * From where on an examination finds something.
 *
 * @param transaction how long a transaction may be open
 * @param horizon how many transactions old the oldest snapshot may be
 * @param lag how far a standby may be behind
 * @param wal bytes of log that a slot may hold, or a standby not have
 * @param dead rows that are dead and not swept up
 * @param table bytes of a table or of its indexes from which on its bloat is looked at
 * @param all bytes of all tables and indexes
 */
record Patience(Duration transaction, long horizon, Duration lag, long wal, long dead, long table, long all) {
    /** Five minutes; a few minutes of a busy server; half a minute; a gigabyte; and what a vacuum should not have left. */
    static final Patience USUAL = new Patience(
            Duration.ofMinutes(5), 5_000_000, Duration.ofSeconds(30), 1L << 30, 100_000, 64L << 20, 50L << 30);
}
