package dev.millrace.sqlite;

import java.sql.SQLException;

/**
 * What {@code optimize()} does: forgets what nothing refers to; cuts the write-ahead log to nothing; and, when a quarter of
 * the file is free, writes the file anew without the free part. Writers of all processes wait for that last step, readers do
 * not. Statistics for SQLite's planner are not made: queries name their indexes.
 */
final class Upkeep {
    /** Free pages that are not worth a rewrite. */
    private static final long FEW_PAGES = 1_000;

    private static final long MONTH = 31L * 24 * 3_600_000_000L;

    private Upkeep() {}

    static void run(Writer writer) {
        writer.write(tx -> {
            tx.sql.update("DELETE FROM millrace_count WHERE n = 0");
            return tx.sql.update(
                    "DELETE FROM millrace_session WHERE closed < ?"
                            + " AND sid NOT IN (SELECT session FROM millrace_job WHERE session IS NOT NULL)",
                    tx.now() - MONTH);
        });
        writer.alone(tx -> {
            giveBack(tx.sql);
            tx.sql.run("PRAGMA wal_checkpoint(TRUNCATE)");
            return true;
        });
    }

    private static void giveBack(Statements sql) throws SQLException {
        long free = sql.number("PRAGMA freelist_count");
        if (free > FEW_PAGES && free > sql.number("PRAGMA page_count") / 4) {
            // The copy is as large as the file, so it is not to be made in memory.
            sql.run("PRAGMA temp_store = FILE");
            sql.run("VACUUM");
            sql.run("PRAGMA temp_store = MEMORY");
        }
    }
}
