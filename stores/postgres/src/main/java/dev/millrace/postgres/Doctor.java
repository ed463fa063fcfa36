package dev.millrace.postgres;

import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Examines the server, on a connection of its own. Each look is a transaction that only reads, ends within seconds by the
 * server's own timeout, and leaves no setting behind on a connection that a pooler may give to others.
 */
final class Doctor {
    private static final Duration MOST = Duration.ofSeconds(25);
    private static final String BEGINNING =
            "SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '3s'; SET LOCAL lock_timeout = '500ms'";
    /** No query's text: it may hold data. */
    private static final String SESSION = "SELECT pid, coalesce(usename, '?') AS usename,"
            + " coalesce(nullif(application_name, ''), 'no name') AS application_name, coalesce(state, '?') AS state,"
            + " extract(epoch FROM clock_timestamp() - xact_start) AS open,"
            + " extract(epoch FROM clock_timestamp() - query_start) AS query, age(backend_xmin) AS old"
            + " FROM pg_stat_activity";

    private static final int SILENCE_MILLIS = 5_000;
    private static final double NEARLY_FULL = 0.8;
    private static final double ALMOST_FULL = 0.95;

    private final Sql sql;
    private final Settings settings;
    private final Patience patience;
    private final Findings findings = new Findings(MOST);

    private Doctor(Sql sql, Settings settings, Patience patience) {
        this.sql = sql;
        this.settings = settings;
        this.patience = patience;
    }

    static Examination examine(Calls calls, Settings settings, Patience patience) {
        return calls.unhurried(sql -> {
            Doctor doctor = new Doctor(sql, settings, patience);
            sql.connection().setNetworkTimeout(Runnable::run, SILENCE_MILLIS);
            sql.connection().setAutoCommit(false);
            doctor.look();
            return doctor.findings.examination();
        });
    }

    private void look() {
        Storage storage = new Storage(sql, settings.schema(), patience, findings);
        Copies copies = new Copies(sql, patience, findings);
        look("settings that lose data", this::lookAtDurability);
        look("the right to see others' sessions", this::lookAtRights);
        look("the oldest transaction", this::lookAtTransactions);
        look("the oldest snapshot", this::lookAtSnapshots);
        look("prepared transactions", this::lookAtPrepared);
        look("connections", this::lookAtConnections);
        look("dead rows and vacuum", storage::lookAtDeadRows);
        look("the size of tables and indexes", storage::lookAtSizes);
        look("segments of the history", storage::lookAtSegments);
        look("replication slots", copies::lookAtSlots);
        look("standbys", copies::lookAtStandbys);
    }

    private void look(String at, Findings.Look look) {
        findings.look(at, () -> {
            Connection connection = sql.connection();
            try {
                sql.run(BEGINNING);
                look.look();
            } finally {
                connection.rollback();
            }
        });
    }

    private void lookAtDurability() throws SQLException {
        if (off("fsync")) {
            findings.problem(
                    "pg-fsync",
                    "the server runs with fsync=off",
                    "a crash of its system or a power loss may damage the whole database",
                    "ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf()");
        }
        if (off("full_page_writes")) {
            findings.problem(
                    "pg-full-page-writes",
                    "the server runs with full_page_writes=off",
                    "a power loss in the middle of a page's write damages that page",
                    "ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf()");
        }
        if (off("synchronous_commit")) {
            findings.warning(
                    "pg-synchronous-commit",
                    "transactions of this store commit with synchronous_commit=off",
                    "a crash of the server takes back up to about 0.6 s of commits: jobs that were accepted can be gone",
                    "take it out of the address, or ALTER SYSTEM SET synchronous_commit = on, unless this is meant");
        }
        if (off("autovacuum") || off("track_counts")) {
            findings.problem(
                    "pg-autovacuum",
                    "autovacuum does not run (autovacuum=" + setting("autovacuum") + ", track_counts="
                            + setting("track_counts") + ")",
                    "a queue's tables change all the time: without it they grow, and claims become slower by the hour",
                    "ALTER SYSTEM SET autovacuum = on; ALTER SYSTEM SET track_counts = on; SELECT pg_reload_conf()");
        }
    }

    private void lookAtRights() throws SQLException {
        if (!sql.exists("SELECT 1 WHERE pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')")) {
            findings.note(
                    "pg-rights",
                    "the user " + sql.first("SELECT current_user", row -> row.getString(1))
                            + " may not see what sessions of others do, nor standbys",
                    "a transaction of another user that holds everything up is not found here",
                    "as a superuser: GRANT pg_monitor TO that user; or let one who has it run millrace doctor");
        }
    }

    private void lookAtTransactions() throws SQLException {
        sql.rows(
                SESSION + " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                        + " AND xact_start < clock_timestamp() - ? * interval '1 millisecond'"
                        + " ORDER BY xact_start LIMIT 3",
                row -> {
                    double seconds = row.getDouble("open");
                    findings.add(
                            "pg-long-transaction",
                            seconds > 12 * seconds(patience.transaction()) ? Severity.PROBLEM : Severity.WARNING,
                            "a transaction has been open for " + span(seconds) + " in " + who(row),
                            "as long as it is, no dead row of any table is swept up: the queue's tables grow, and claims"
                                    + " become slower",
                            "end it in that program, or SELECT pg_terminate_backend(" + row.getInt("pid")
                                    + "); idle_in_transaction_session_timeout guards against it");
                    return true;
                },
                patience.transaction().toMillis());
    }

    /** A long query may hold an old snapshot without having changed anything; one of another database does no harm. */
    private void lookAtSnapshots() throws SQLException {
        sql.rows(
                SESSION + " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                        + " AND age(backend_xmin) > ? ORDER BY age(backend_xmin) DESC LIMIT 1",
                row -> {
                    findings.warning(
                            "pg-old-snapshot",
                            "a snapshot is " + row.getLong("old") + " transactions old, in " + who(row),
                            "dead rows that are younger are kept for it, in every table of this database",
                            "let that query end, or SELECT pg_terminate_backend(" + row.getInt("pid") + ")");
                    return true;
                },
                patience.horizon());
    }

    private void lookAtPrepared() throws SQLException {
        sql.rows(
                "SELECT gid, extract(epoch FROM clock_timestamp() - prepared) AS open, owner FROM pg_prepared_xacts"
                        + " WHERE database = current_database()"
                        + " AND prepared < clock_timestamp() - ? * interval '1 millisecond' ORDER BY prepared LIMIT 3",
                row -> {
                    findings.warning(
                            "pg-prepared-transaction",
                            "the prepared transaction '" + shortened(row.getString("gid")) + "' of "
                                    + row.getString("owner") + " has been waiting for " + span(row.getDouble("open")),
                            "it holds its locks and keeps dead rows, also across restarts, until someone ends it",
                            "COMMIT PREPARED or ROLLBACK PREPARED it, as its transaction manager would");
                    return true;
                },
                patience.transaction().toMillis());
    }

    private void lookAtConnections() throws SQLException {
        long most = number("SELECT current_setting('max_connections')::bigint"
                + " - current_setting('superuser_reserved_connections')::bigint"
                + " - coalesce(current_setting('reserved_connections', true), '0')::bigint");
        long used = number("SELECT sum(numbackends)::bigint FROM pg_stat_database");
        String what = used + " of the " + most + " connections that the server gives to ordinary users are in use";
        if (used >= most * NEARLY_FULL) {
            findings.add(
                    "pg-connections",
                    used >= most * ALMOST_FULL ? Severity.PROBLEM : Severity.WARNING,
                    what,
                    "once none is left, workers that start or reconnect cannot reach the store",
                    "lower pool.size in the addresses (2 to 4 are enough for a worker), put a pooler in front, or raise"
                            + " max_connections");
        }
        if (most - used < settings.pool().size()) {
            findings.warning(
                    "pg-pool",
                    what + ", and the pool of this address may want "
                            + settings.pool().size(),
                    "calls may then wait for a connection that the server will not give, and fail after pool.timeout",
                    "give the address a pool.size below " + Math.max(2, most - used));
        }
    }

    private boolean off(String name) throws SQLException {
        return "off".equals(setting(name));
    }

    private @Nullable String setting(String name) throws SQLException {
        return sql.first("SELECT current_setting(?)", row -> row.getString(1), name);
    }

    private long number(String text) throws SQLException {
        return Objects.requireNonNull(sql.first(text, row -> (Long) row.getLong(1)));
    }

    private static String who(ResultSet row) throws SQLException {
        return "pid " + row.getInt("pid") + " (user " + row.getString("usename") + ", "
                + shortened(row.getString("application_name")) + "), " + row.getString("state")
                + ", its last query begun " + span(row.getDouble("query")) + " ago";
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }

    static double seconds(Duration span) {
        return span.toMillis() / 1e3;
    }

    static String span(double seconds) {
        return seconds < 120
                ? String.format(Locale.ROOT, "%.1f s", seconds)
                : seconds < 7_200 ? Math.round(seconds / 60) + " min" : Math.round(seconds / 3_600) + " h";
    }

    static String mebibytes(long bytes) {
        return ((bytes + (1 << 19)) >> 20) + " MiB";
    }
}
