package dev.millrace.postgres;

import dev.millrace.StoreException;
import dev.millrace.spi.StoreUnavailableException;
import java.io.FileNotFoundException;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.time.Duration;
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
    private final String user;
    /** Whether the address asks for a standby. */
    private final boolean standby;

    PostgresErrors(Settings settings) {
        this.shown = settings.shown();
        this.schema = settings.schema();
        this.user = settings.driver().getOrDefault("user", System.getProperty("user.name", ""));
        this.standby = settings.standby();
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

    /** Whether a lock was not given in the time that was waited for it. */
    static boolean locked(SQLException error) {
        return state(error).equals("55P03");
    }

    /** Whether the user lacks a right. */
    static boolean forbidden(SQLException error) {
        return state(error).equals("42501");
    }

    /** What a user is told who may not make or change tables. */
    StoreException mayNotMigrate(String database, SQLException error) {
        return lasting(
                "has to have its tables made or brought up to date, which the user " + Sql.Names.quoted(user)
                        + " may not do. Nothing was changed. Let the owner of database " + Sql.Names.quoted(database)
                        + ", or of schema " + Sql.Names.quoted(schema)
                        + " where there is one, run there what millrace migrate --print prints with this address: it makes"
                        + " the tables and ends with the GRANTs that this user needs. Or let the owner run: CREATE SCHEMA "
                        + Sql.Names.quoted(schema) + " AUTHORIZATION " + Sql.Names.quoted(user)
                        + ", and open the store again",
                error,
                telling(error));
    }

    /** What is said when a step of the layout did not get its locks for so long. */
    StoreUnavailableException heldUp(Duration patience, SQLException error) {
        return passing(
                "could not be brought up to date: for " + patience.toSeconds()
                        + " s another transaction has held a lock on its tables. Nothing was changed. End that transaction"
                        + " (pg_stat_activity shows it), and open the store again",
                error,
                telling(error));
    }

    /** Whether who took the connection does not take startup options: a pooler, which would have to keep them apart by client. */
    static boolean refusesOptions(SQLException error) {
        String message = error.getMessage();
        return Set.of("08P01", "0A000", "42704").contains(state(error))
                && message != null
                && (message.contains("startup parameter") || message.contains("options"));
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
            case "25001" ->
                lasting(
                        "is reached by way of a pooler, and this user's transactions begin at an isolation level that the"
                                + " store's statements are not written for. Nothing was changed. Let an administrator run:"
                                + " ALTER ROLE the user SET default_transaction_isolation = 'read committed'",
                        error,
                        cause);
            case "25006" -> readOnly(error, cause);
            case "53300" ->
                passing(
                        "has no connection left (max_connections, or the limit of this user). Nothing was changed. Raise"
                                + " the limit, or lower pool.size",
                        error,
                        cause);
            case "53100" -> passing("has no room left on its disk. Nothing was changed. Make room", error, cause);
            case "42501" ->
                lasting(
                        "does not let the user " + Sql.Names.quoted(user)
                                + " do that. Nothing was changed. Let the owner of the tables run: "
                                + String.join("; ", Schema.grants(schema, user)),
                        error,
                        cause);
            case "08004" ->
                lasting(
                        "cannot be used as the address says. Nothing was changed. Give the user's password where the server"
                                + " asks for one, and an sslmode that the server offers",
                        error,
                        cause);
            case "28P01", "28000" -> refused(error, cause);
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

    private StoreException readOnly(SQLException error, SQLException cause) {
        return standby
                ? lasting(
                        "is a standby, as targetServerType in the address asks for: it can be looked at, not changed."
                                + " Nothing was changed. To enqueue, work or operate, give the primary's address",
                        error,
                        cause)
                : passing(
                        "is read-only: a standby, or a primary that is failing over. Nothing was changed. Work goes on by"
                                + " itself at the new primary; give all its hosts in the address, with"
                                + " targetServerType=primary",
                        error,
                        cause);
    }

    private StoreException refused(SQLException error, SQLException cause) {
        String message = cause.getMessage();
        boolean plain = message != null && (message.contains("no encryption") || message.contains("SSL off"));
        return plain
                ? lasting(
                        "does not let this user in without TLS. Nothing was changed. Add sslmode=require to the address, or"
                                + " sslmode=verify-full and sslrootcert; or let the server's pg_hba.conf take this user's"
                                + " plain connections",
                        error,
                        cause)
                : lasting(
                        "refuses this user or its password. Nothing was changed. Check user and password in the address"
                                + " (special characters percent-encoded), and the server's pg_hba.conf",
                        error,
                        cause);
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

    /** Whether certificates or keys were refused, or could not be read. Of a name that does not fit the driver has only a text. */
    private static boolean security(SQLException error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            String message = each.getMessage();
            if ((message != null && message.contains("HostnameVerifier"))
                    || each instanceof SSLException
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
