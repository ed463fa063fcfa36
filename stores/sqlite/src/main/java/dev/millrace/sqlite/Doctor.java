package dev.millrace.sqlite;

import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Examines the file: on a connection of its own that only reads, so that it works with {@code mode=ro} and waits for nobody. What
 * processes hold is read off the system's table of locks, where there is one ({@link FileLocks}).
 */
final class Doctor {
    private static final Duration MOST = Duration.ofSeconds(20);
    /** Eight times what is worth a word. */
    private static final int HUGE = 8;

    private static final int SAMPLES = 11;
    private static final long BETWEEN_SAMPLES_NANOS = 100_000_000;
    private static final double NEARLY_FULL = 0.9;

    private final Settings settings;
    private final Patience patience;
    private final Findings findings = new Findings(MOST);
    private final Path log;
    private final FileLocks locks;

    private Doctor(Settings settings, Patience patience) {
        this.settings = settings;
        this.patience = patience;
        this.log = Path.of(settings.path() + "-wal");
        this.locks = new FileLocks(Path.of(settings.path() + "-shm"));
    }

    static Examination examine(Settings settings, Database database, Patience patience) {
        Doctor doctor = new Doctor(settings, patience);
        try (Connection connection = database.openReader()) {
            doctor.look(new Statements(connection));
        } catch (SQLException e) {
            doctor.findings.unread("the file", String.valueOf(e.getMessage()));
        }
        return doctor.findings.examination();
    }

    private void look(Statements sql) {
        findings.look("synchronous", this::lookAtSynchronous);
        findings.look("the size of the write-ahead log", this::lookAtLogSize);
        findings.look("readers that hold the log", () -> lookAtReaders(sql));
        findings.look("who holds the write lock", () -> lookAtWriter(sql));
        findings.look("the disk's free space", this::lookAtDisk);
        findings.look("the file's pages", () -> lookAtPages(sql));
    }

    private void lookAtSynchronous() {
        Settings.Synchronous setting = settings.synchronous();
        if (setting == Settings.Synchronous.OFF || setting == Settings.Synchronous.NORMAL) {
            findings.add(
                    "sqlite-synchronous",
                    setting == Settings.Synchronous.OFF ? Severity.PROBLEM : Severity.WARNING,
                    "the address says synchronous=" + setting + ": what is accepted survives " + setting.durability,
                    "jobs that were accepted can be gone after a power loss",
                    "leave synchronous out of the address (it is FULL then), unless this is meant");
        }
    }

    private void lookAtLogSize() throws IOException {
        long bytes = Files.exists(log) ? Files.size(log) : 0;
        long allowed = Math.max(patience.log(), 2 * settings.journalSizeLimit());
        if (bytes > allowed) {
            findings.add(
                    "sqlite-log-large",
                    bytes / HUGE > allowed ? Severity.PROBLEM : Severity.WARNING,
                    "the write-ahead log " + log.getFileName() + " has " + mebibytes(bytes),
                    "each look at the file searches it, the next opening after a crash reads all of it, and it fills the disk",
                    "end what reads for long (see sqlite-log-held), then millrace optimize cuts it");
        }
    }

    /** What is in the log and not in the file yet: SQLite cannot move more than what the oldest reader has no need of. */
    private void lookAtReaders(Statements sql) throws SQLException {
        long[] frames = sql.rows("PRAGMA wal_checkpoint(NOOP)", row -> new long[] {row.getLong(2), row.getLong(3)})
                .get(0);
        long left = frames[0] - frames[1];
        if (left <= patience.frames()) {
            return;
        }
        Collection<Long> readers =
                locks.readers().values().stream().flatMap(Set::stream).collect(Collectors.toCollection(TreeSet::new));
        findings.warning(
                "sqlite-log-held",
                left + " of the log's " + frames[0] + " pages cannot be moved into the file"
                        + (readers.isEmpty() ? "" : "; reading now: " + FileLocks.named(readers)),
                "a read transaction that stays open keeps the log from starting again: it grows with each write, and reads"
                        + " become slower",
                "end the read transaction: a forgotten BEGIN or an unfinished SELECT in that program, or an open sqlite3 shell");
    }

    /** The lock is held while a commit waits for the disk, so held means: all the time, while nothing was committed. */
    private void lookAtWriter(Statements sql) throws SQLException {
        Set<Long> holders = locks.writers();
        long version = sql.number("PRAGMA data_version");
        for (int i = 1; i < SAMPLES && !holders.isEmpty(); i++) {
            LockSupport.parkNanos(BETWEEN_SAMPLES_NANOS);
            holders.retainAll(locks.writers());
            if (sql.number("PRAGMA data_version") != version) {
                return;
            }
        }
        if (!holders.isEmpty()) {
            findings.warning(
                    "sqlite-write-lock",
                    "a write transaction has been open for a second or longer in " + FileLocks.named(holders),
                    "while it is, nobody else writes: no job is stored, claimed or settled, and calls fail after "
                            + settings.busyTimeout() + " ms",
                    "commit it, or end that program; do what takes long before BEGIN");
        }
    }

    private void lookAtDisk() throws IOException {
        Path folder = settings.path().getParent();
        FileStore disk = Files.getFileStore(folder == null ? settings.path() : folder);
        DiskSpace.judge(disk.getUsableSpace(), disk.getTotalSpace(), Files.size(settings.path()), findings);
    }

    private void lookAtPages(Statements sql) throws SQLException {
        long pages = sql.number("PRAGMA page_count");
        long free = sql.number("PRAGMA freelist_count");
        long size = sql.number("PRAGMA page_size");
        if (free > patience.free() && free > pages / 4) {
            findings.note(
                    "sqlite-free-pages",
                    mebibytes(free * size) + " of the file's " + mebibytes(pages * size) + " are free",
                    "deleted jobs leave room in the file that new ones use; the disk does not get it back by itself",
                    "millrace optimize writes the file anew without it; writers wait meanwhile");
        }
        long most = settings.maxPageCount();
        if (most > 0 && pages - free >= most * NEARLY_FULL) {
            findings.add(
                    "sqlite-page-limit",
                    pages - free >= most ? Severity.PROBLEM : Severity.WARNING,
                    (pages - free) + " pages are used, and max_page_count allows " + most,
                    "at the limit nothing is accepted any more",
                    "raise max_page_count in the address, or keep jobs for a shorter time");
        }
    }

    static String mebibytes(long bytes) {
        return ((bytes + (1 << 19)) >> 20) + " MiB";
    }
}
