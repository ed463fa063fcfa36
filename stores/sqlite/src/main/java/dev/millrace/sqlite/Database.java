package dev.millrace.sqlite;

import dev.millrace.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Set;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/**
 * Opens connections to the file, all alike.
 *
 * <p>The write-ahead log: readers never wait for writers. SQLite moves the log into the file (a checkpoint) whenever it has
 * grown by {@value #CHECKPOINT_PAGES} pages, and starts again at the log's beginning once no reader needs the old part; the
 * -wal file therefore stays at about that size, unless a reader holds an old snapshot for long. After a checkpoint a larger
 * -wal file is cut to the parameter {@code journal_size_limit}, and {@code optimize()} cuts it to nothing.
 *
 * <p>No Java I/O ever touches the database file: closing any descriptor of it would drop this process's locks on it.
 */
final class Database {
    /** 32 MiB: measured, larger gains little and smaller writes hot pages into the file more often. */
    static final int CHECKPOINT_PAGES = 8_192;

    private static final int[] LEAST_VERSION = {3, 51, 3};
    private static final Set<String> NETWORK = Set.of(
            "nfs",
            "nfs4",
            "cifs",
            "smb",
            "smbfs",
            "smb2",
            "smb3",
            "9p",
            "afs",
            "ceph",
            "lustre",
            "fuse.sshfs",
            "webdav");

    private final Settings settings;
    private final SqliteErrors errors;

    Database(Settings settings, SqliteErrors errors) {
        this.settings = settings;
        this.errors = errors;
    }

    /** Refuses places where SQLite cannot keep its promises, before anything is created there. */
    void checkPlace() {
        Path folder = settings.path().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw errors.lasting(
                    "cannot be opened: its folder does not exist. Create the folder, or give another path");
        }
        if (Files.isDirectory(settings.path())) {
            throw errors.lasting("is a folder. Give the path of a file in it");
        }
        if (settings.mode() == Settings.Mode.RO && Files.notExists(settings.path())) {
            throw errors.lasting("does not exist, and mode=ro creates nothing. Check the path");
        }
        try {
            String type = Files.getFileStore(folder).type().toLowerCase(Locale.ROOT);
            if (NETWORK.contains(type)) {
                throw errors.lasting(
                        "is on a network file system (" + type + "), where SQLite's locks and log do not work"
                                + " reliably. Put it on a local disk, or use the PostgreSQL store to share jobs between machines");
            }
        } catch (IOException e) {
            throw new StoreException(
                    "SQLite store " + settings.path() + " cannot be opened: nothing is known of its file" + " system ("
                            + e.getMessage() + ")",
                    e);
        }
    }

    Connection openWriter() throws SQLException {
        SQLiteConfig config = config();
        config.setOpenMode(SQLiteOpenMode.READWRITE);
        config.setOpenMode(SQLiteOpenMode.CREATE);
        Connection connection = connect(config);
        try {
            Statements sql = new Statements(connection);
            checkVersion(sql.text("SELECT sqlite_version()"));
            String mode = sql.text("PRAGMA journal_mode = WAL");
            if (!mode.equals("wal")) {
                throw errors.lasting("cannot use a write-ahead log here (journal_mode is " + mode
                        + "). Put it on a local disk of a system that supports shared memory");
            }
            sql.run("PRAGMA synchronous = " + settings.synchronous().number);
            sql.run("PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
            sql.run("PRAGMA journal_size_limit = " + settings.journalSizeLimit());
            if (settings.maxPageCount() > 0) {
                sql.run("PRAGMA max_page_count = " + settings.maxPageCount());
            }
            long effective = sql.number("PRAGMA synchronous");
            if (effective != settings.synchronous().number) {
                throw errors.lasting("runs with synchronous=" + effective + " though " + settings.synchronous()
                        + " was asked for: what is accepted would not be safe");
            }
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    Connection openReader() throws SQLException {
        SQLiteConfig config = config();
        config.setReadOnly(true);
        config.setOpenMode(SQLiteOpenMode.READONLY);
        Connection connection = connect(config);
        try {
            checkVersion(new Statements(connection).text("SELECT sqlite_version()"));
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private SQLiteConfig config() {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(settings.busyTimeout());
        config.setTempStore(SQLiteConfig.TempStore.MEMORY);
        return config;
    }

    private Connection connect(SQLiteConfig config) throws SQLException {
        Connection connection = config.createConnection("jdbc:sqlite:" + settings.path());
        try {
            Statements sql = new Statements(connection);
            sql.run("PRAGMA cache_size = " + settings.cacheSize());
            if (settings.mmapSize() > 0) {
                sql.run("PRAGMA mmap_size = " + settings.mmapSize());
            }
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private void checkVersion(String version) {
        String[] parts = version.split("\\.", -1);
        for (int i = 0; i < LEAST_VERSION.length; i++) {
            int part = i < parts.length ? Integer.parseInt(parts[i]) : 0;
            if (part > LEAST_VERSION[i]) {
                return;
            }
            if (part < LEAST_VERSION[i]) {
                throw errors.lasting(
                        "was not opened: this is SQLite " + version + ", and versions before 3.51.3 can damage a"
                                + " file when its write-ahead log starts again. Use org.xerial:sqlite-jdbc 3.51.3.0 or later");
            }
        }
    }
}
