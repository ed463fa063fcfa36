package dev.millrace.sqlite;

import dev.millrace.StoreException;
import dev.millrace.spi.StoreUnavailableException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Says what an error of SQLite means for the data and what to do about it. */
final class SqliteErrors {
    private final Path path;
    private final int busyTimeout;

    SqliteErrors(Settings settings) {
        this.path = settings.path();
        this.busyTimeout = settings.busyTimeout();
    }

    StoreException of(SQLException error) {
        int primary = code(error) & 0xff;
        if (primary == SQLiteErrorCode.SQLITE_BUSY.code || primary == SQLiteErrorCode.SQLITE_LOCKED.code) {
            return passing(
                    "stayed locked by another connection's write transaction for " + busyTimeout
                            + " ms. Nothing was changed. End that transaction (in this program, another one or a sqlite3 shell), or"
                            + " give the store's address a longer busy_timeout",
                    error);
        }
        if (primary == SQLiteErrorCode.SQLITE_FULL.code) {
            return passing(
                    "cannot grow: the disk (or its max_page_count) is full. Nothing was changed, and all that was"
                            + " accepted before is safe. Make room, then work goes on by itself",
                    error);
        }
        if (primary == SQLiteErrorCode.SQLITE_IOERR.code || primary == SQLiteErrorCode.SQLITE_CANTOPEN.code) {
            return passing(
                    "could not be read or written. Whether the last change took effect is not known; repeating it is"
                            + " safe. Check the disk and the folder's permissions",
                    error);
        }
        if (primary == SQLiteErrorCode.SQLITE_NOTADB.code) {
            return lasting(
                    "is not a SQLite database (or an encrypted one). It was left as it is. Give another path", error);
        }
        if (primary == SQLiteErrorCode.SQLITE_CORRUPT.code) {
            return lasting(
                    "is damaged. What can still be read may be saved by Millrace.backup or sqlite3's .recover;"
                            + " otherwise restore a backup. Stop its workers first",
                    error);
        }
        if (primary == SQLiteErrorCode.SQLITE_READONLY.code || primary == SQLiteErrorCode.SQLITE_PERM.code) {
            return lasting(
                    "or its folder may not be written by this user. Nothing was changed. Give write permission to"
                            + " both. Just to look, mode=ro does where the -wal and -shm files are there; elsewhere copy the"
                            + " file to a folder of your own",
                    error);
        }
        return lasting("did not do what was asked; nothing was changed", error);
    }

    /** The same, for what happened on a connection of the application, within its transaction. */
    StoreException joined(SQLException error) {
        int primary = code(error) & 0xff;
        if (primary == SQLiteErrorCode.SQLITE_BUSY.code || primary == SQLiteErrorCode.SQLITE_LOCKED.code) {
            return passing(
                    "could not be written to within the caller's transaction: another one holds the file, or has changed it since this"
                            + " one first read. Nothing was stored. Roll the transaction back and repeat it; let it begin with a write,"
                            + " and give its connection a busy_timeout",
                    error);
        }
        if (primary == SQLiteErrorCode.SQLITE_READONLY.code) {
            return lasting(
                    "cannot be written to over the caller's connection, which is read-only. Nothing was stored. Use one that may write",
                    error);
        }
        return of(error);
    }

    /** The same, for a file that could not be opened: nothing will change before someone acts. */
    StoreException opening(SQLException error) {
        int primary = code(error) & 0xff;
        if (primary == SQLiteErrorCode.SQLITE_CANTOPEN.code || primary == SQLiteErrorCode.SQLITE_IOERR.code) {
            return lasting(
                    "cannot be opened. Check that it is a file and that this user may read and write it, its folder,"
                            + " and the -wal and -shm files beside it",
                    error);
        }
        return of(error);
    }

    StoreException lasting(String what) {
        return new StoreException(subject(what));
    }

    private StoreException lasting(String what, SQLException error) {
        return new StoreException(subject(what) + detail(error), error);
    }

    private StoreUnavailableException passing(String what, SQLException error) {
        return new StoreUnavailableException(subject(what) + detail(error), error);
    }

    private String subject(String what) {
        return "SQLite store " + path + " " + what;
    }

    private static String detail(SQLException error) {
        return " (" + error.getMessage() + ")";
    }

    private static int code(SQLException error) {
        return error instanceof SQLiteException own ? own.getResultCode().code : error.getErrorCode();
    }
}
