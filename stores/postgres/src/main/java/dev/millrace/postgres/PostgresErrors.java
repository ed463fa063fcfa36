package dev.millrace.postgres;

import dev.millrace.StoreException;
import dev.millrace.spi.StoreUnavailableException;
import java.io.FileNotFoundException;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says what an error of PostgreSQL, its driver or the pool means for the data and what to do about it. */
final class PostgresErrors {
    private static final String REPEAT = "Whether the last change took effect is not known; repeating it is safe. ";
    /** A serialization failure and a deadlock: the server undid the transaction, and the same again will do. */
    private static final Set<String> UNDONE = Set.of("40001", "40P01");

    private final String shown;
    private final String schema;

    PostgresErrors(Settings settings) {
        this.shown = settings.shown();
        this.schema = settings.schema();
    }

    /** Whether the transaction was undone for the sake of another, so that it is to be run again at once. */
    static boolean undone(SQLException error) {
        return UNDONE.contains(state(error));
    }

    /** Whether the connection is lost: its server is away, or not the one that takes changes any more. */
    static boolean broken(SQLException error) {
        String state = state(error);
        return state.startsWith("08") || state.startsWith("57P") || state.equals("25006") || state.equals("25P03");
    }

    StoreException of(SQLException error) {
        SQLException cause = telling(error);
        String state = state(cause);
        return switch (state) {
            case "40001", "40P01" ->
                passing("met another transaction's changes. Nothing was changed. Repeat the call", error, cause);
            case "55P03" ->
                passing(
                        "waited too long for rows that another transaction has locked. Nothing was changed. End that"
                                + " transaction (pg_stat_activity shows it)",
                        error,
                        cause);
            case "25P03" ->
                passing(
                        "ended a transaction within which this process was silent for too long (frozen, or paused for its"
                                + " memory). Nothing was changed. Repeat the call",
                        error,
                        cause);
            case "57014" ->
                passing(
                        "took too long for one statement, which was stopped. Nothing was changed. Repeat the call; where that"
                                + " does not help, send fewer or smaller jobs at once, raise socket_timeout, or look for what"
                                + " keeps the server busy (pg_stat_activity)",
                        error,
                        cause);
            case "25006" ->
                passing(
                        "is read-only: a standby, or a primary that is failing over. Nothing was changed. Work goes on by"
                                + " itself at the new primary; give all its hosts in the address, with targetServerType=primary",
                        error,
                        cause);
            case "53300" ->
                passing(
                        "has no connection left (max_connections, or the limit of this user). Nothing was changed. Raise"
                                + " the limit, or lower pool.size",
                        error,
                        cause);
            case "53100" -> passing("has no room left on its disk. Nothing was changed. Make room", error, cause);
            case "42501" ->
                lasting(
                        "does not let this user do that. Nothing was changed. Let the owner of the database run: GRANT"
                                + " USAGE, CREATE ON SCHEMA " + Sql.Names.quoted(schema)
                                + " TO the user; or, where there is"
                                + " no such schema yet: CREATE SCHEMA " + Sql.Names.quoted(schema)
                                + " AUTHORIZATION the user; or, where the tables are another's: GRANT ALL ON ALL TABLES IN"
                                + " SCHEMA " + Sql.Names.quoted(schema)
                                + " TO the user, and the same for ALL SEQUENCES",
                        error,
                        cause);
            case "08004" ->
                lasting(
                        "cannot be used as the address says. Nothing was changed. Give the user's password where the server"
                                + " asks for one, and an sslmode that the server offers",
                        error,
                        cause);
            case "28P01", "28000" ->
                lasting(
                        "refuses this user or its password. Nothing was changed. Check user and password in the address"
                                + " (special characters percent-encoded), and the server's pg_hba.conf",
                        error,
                        cause);
            case "3D000" ->
                lasting(
                        "has no such database. Let an administrator run CREATE DATABASE, or correct the address",
                        error,
                        cause);
            case "42P01", "3F000", "42703" ->
                lasting(
                        "lacks a table or column of schema " + schema
                                + " that was there before. Was the schema dropped or"
                                + " restored? Nothing was changed. Open the store anew",
                        error,
                        cause);
            case "42P05", "26000" ->
                lasting(
                        "mixes up the prepared statements of several clients, as behind a pooler that hands a connection on"
                                + " after each transaction. Nothing was changed. Add prepared=off to the address",
                        error,
                        cause);
            case "22003" ->
                lasting(
                        "met a number that is out of its range. Nothing was changed. When that was a job of a new queue or"
                                + " kind, the numbers for pairs of queue and kind have run out, which are never given up: use"
                                + " names from a fixed set, not one for each tenant or day, and move the jobs to a new schema",
                        error,
                        cause);
            default -> byClass(state, error, cause);
        };
    }

    private StoreException byClass(String state, SQLException error, SQLException cause) {
        String kind = state.length() < 2 ? "" : state.substring(0, 2);
        return switch (kind) {
            case "08" ->
                passing("cannot be reached. " + REPEAT + "Work goes on by itself once it is back", error, cause);
            case "57" ->
                passing(
                        "is shutting down or starting. " + REPEAT + "Work goes on by itself once it is back",
                        error,
                        cause);
            case "53", "58" -> passing("lacks a resource. " + REPEAT + "See the server's log", error, cause);
            case "XX" ->
                lasting(
                        "reports damage or a bug of its own. See the server's log, and restore a backup if it says so",
                        error,
                        cause);
            case "" ->
                passing(
                        "gave no connection, or its answer was lost. " + REPEAT
                                + "Are all connections of the pool in use (pool.size), or is the server away?",
                        error,
                        cause);
            default -> lasting("did not do what was asked; nothing was changed", error, cause);
        };
    }

    /** The same, for what happened on a connection of the application, within its transaction. */
    StoreException joined(SQLException error) {
        SQLException cause = telling(error);
        if ("25P02".equals(error.getSQLState())) {
            return lasting(
                    "was not written to: the caller's transaction has failed before. Roll it back; what went wrong first is the"
                            + " error to look for",
                    error,
                    cause);
        }
        return switch (state(cause)) {
            case "25006" ->
                lasting(
                        "was not written to: the caller's transaction is read-only, or on a standby. Nothing was stored. Use one that"
                                + " may write",
                        error,
                        cause);
            case "40001", "40P01", "55P03" ->
                passing(
                        "met another transaction's changes within the caller's. Nothing was stored. Roll the transaction back and"
                                + " repeat it",
                        error,
                        cause);
            default -> of(error);
        };
    }

    /** The same, for a store that could not be opened: nothing was begun, and what is wrong may be the address. */
    StoreException opening(SQLException error) {
        SQLException cause = telling(error);
        String state = state(cause);
        if (!state.startsWith("08") || state.equals("08004")) {
            return of(error);
        }
        if (security(error)) {
            return lasting(
                    "cannot be reached by TLS. Nothing was changed. Check sslmode, sslrootcert, sslcert and sslkey in the"
                            + " address, and the server's certificate",
                    error,
                    cause);
        }
        return passing(
                "cannot be reached. Nothing was changed. Check host and port in the address, and that the server runs",
                error,
                cause);
    }

    /** Whether certificates or keys were refused, or could not be read. */
    private static boolean security(SQLException error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof SSLException
                    || each instanceof GeneralSecurityException
                    || each instanceof FileNotFoundException) {
                return true;
            }
        }
        return false;
    }

    StoreException lasting(String what) {
        return new StoreException(subject(what));
    }

    private StoreException lasting(String what, SQLException error, SQLException cause) {
        return new StoreException(subject(what) + detail(cause), error);
    }

    private StoreUnavailableException passing(String what, SQLException error, SQLException cause) {
        return new StoreUnavailableException(subject(what) + detail(cause), error);
    }

    private String subject(String what) {
        return "PostgreSQL store " + shown + " " + what;
    }

    private static String detail(SQLException error) {
        String message = error.getMessage();
        return " ("
                + (message == null
                        ? error.getClass().getSimpleName()
                        : message.strip().replaceAll("\\s*\\R\\s*", "; ")) + ")";
    }

    /** The pool wraps what the driver said, and a batch what the server said of one of its statements. */
    private static SQLException telling(SQLException error) {
        SQLException telling = error;
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof SQLException own && own.getSQLState() != null) {
                telling = own;
            }
        }
        return telling;
    }

    private static String state(@Nullable SQLException error) {
        if (error == null) {
            return "";
        }
        String state = telling(error).getSQLState();
        return state == null ? "" : state;
    }
}
