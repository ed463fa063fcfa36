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
 * A PostgreSQL of the benchmark's own: the system's, as initdb makes it, so that each commit survives a loss of power. It
 * ends, and its folder goes, when it is closed or this JVM ends.
 */
public final class Database implements AutoCloseable {
    private final PostgresServer server;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Starts the server. */
    public Database() {
        this.server = PostgresServer.system(Durability.POWER_LOSS);
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "end-postgresql"));
    }

    /** The store's address in its database {@code postgres}, without parameters. */
    public String url() {
        return server.url();
    }

    /** A new connection to the database {@code postgres}. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres?user=postgres");
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
