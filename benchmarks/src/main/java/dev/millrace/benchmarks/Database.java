package dev.millrace.benchmarks;

import dev.millrace.testkit.server.PostgresServer;
import dev.millrace.testkit.server.PostgresServer.Durability;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A PostgreSQL of the benchmark's own: the system's, as initdb makes it but for the number of connections, so that each commit survives a loss of power. It
 * ends, and its folder goes, when it is closed or this JVM ends.
 */
public final class Database implements AutoCloseable {
    /** Room for all contestants at once; initdb's 100 would not do. It changes nothing else. */
    private static final String CONNECTIONS = "max_connections=400";

    private final PostgresServer server;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Starts the server. */
    public Database() {
        this.server = PostgresServer.system(Durability.POWER_LOSS, CONNECTIONS);
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "end-postgresql"));
    }

    /** The store's address in its database {@code postgres}, without parameters. */
    public String url() {
        return server.url();
    }

    /** The port that it listens on. */
    public int port() {
        return server.port();
    }

    /** A new connection to the database {@code postgres}. */
    public Connection connect() throws SQLException {
        return connect("postgres");
    }

    private Connection connect(String name) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + server.port() + "/" + name + "?user=postgres");
    }

    /** Makes a database, if there is none of this name. */
    public void createIfMissing(String name) throws SQLException {
        if (number("SELECT count(*) FROM pg_database WHERE datname = '" + name + "'") == 0) {
            run("postgres", "CREATE DATABASE " + name);
        }
    }

    /** Writes everything to disk, so that nobody pays for the pages of another. */
    public void checkpoint() throws SQLException {
        run("postgres", "CHECKPOINT");
    }

    /** Lets the planner know what is in a database. */
    public void analyze(String name) throws SQLException {
        run(name, "ANALYZE");
    }

    /** The same, after rows that are gone were removed, as autovacuum does in its time. */
    public void vacuum(String name) throws SQLException {
        run(name, "VACUUM ANALYZE");
    }

    /** How many bytes of write-ahead log there have been. */
    public long wal() throws SQLException {
        return number("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint");
    }

    /** How many transactions there were in a database, as far as its connections have told the server. */
    public long transactions(String name) throws SQLException {
        return number("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '" + name + "'");
    }

    private void run(String name, String sql) throws SQLException {
        try (Connection connection = connect(name);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long number(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** What the server says of itself: version and the settings that decide what a commit survives. */
    public String about() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT current_setting('server_version'), current_setting('fsync'),"
                                + " current_setting('synchronous_commit'), current_setting('shared_buffers')")) {
            row.next();
            return "PostgreSQL " + row.getString(1) + ", fsync " + row.getString(2) + ", synchronous_commit "
                    + row.getString(3) + ", shared_buffers " + row.getString(4);
        }
    }

    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            server.close();
        }
    }
}
