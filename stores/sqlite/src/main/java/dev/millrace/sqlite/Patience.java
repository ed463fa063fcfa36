package dev.millrace.sqlite;

/**
 * From where on an examination finds something.
 *
 * @param frames pages that are in the log and cannot be moved into the file
 * @param log bytes of the log
 * @param free pages of the file that nothing uses, once they are also a quarter of it
 */
record Patience(long frames, long log, long free) {
    /** Twice what SQLite leaves in the log before it moves it on its own; half a gigabyte. */
    static final Patience USUAL = new Patience(2L * Database.CHECKPOINT_PAGES, 512L << 20, 1_000);
}
