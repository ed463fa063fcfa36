package dev.millrace.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to the server: straight, or by a pooler (PgBouncer) that may hand a connection to another client after each
 * transaction. Such a one refuses or ignores the options that a connection is to begin with, and knows the server's named
 * statements of nobody; this is found out at connecting.
 */
final class Way {
    private static final Logger LOG = LoggerFactory.getLogger(Way.class);

    private final Settings settings;
    private volatile boolean pooled;

    Way(Settings settings) {
        this.settings = settings;
    }

    /** Whether there is a pooler on the way, so that each transaction has to bring its terms along. */
    boolean pooled() {
        return pooled;
    }

    /**
     * Connects.
     *
     * @param silence how long the server may say nothing
     */
    Connection connect(Terms terms, Duration silence) throws SQLException {
        if (pooled) {
            return plain(silence);
        }
        Connection straight;
        try {
            straight = open(settings.properties(silence, terms.options()));
        } catch (SQLException e) {
            if (!PostgresErrors.refusesOptions(e)) {
                throw e;
            }
            return byPooler(silence, e);
        }
        try {
            if (holds(straight)) {
                return straight;
            }
        } catch (SQLException e) {
            close(straight, e);
            throw e;
        }
        straight.close();
        return byPooler(silence, null);
    }

    private Connection byPooler(Duration silence, @Nullable SQLException refusal) throws SQLException {
        try {
            Connection connection = plain(silence);
            if (!pooled) {
                pooled = true;
                LOG.info(
                        "PostgreSQL store {} is reached by way of a pooler: each transaction brings its settings along, and"
                                + " statements have no names unless the address says prepared=on",
                        settings.shown());
            }
            return connection;
        } catch (SQLException e) {
            if (refusal != null) {
                e.addSuppressed(refusal);
            }
            throw e;
        }
    }

    private Connection plain(Duration silence) throws SQLException {
        Properties properties = settings.properties(silence, "");
        properties.putIfAbsent("prepareThreshold", "0");
        return open(properties);
    }

    private static boolean holds(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(Terms.question())) {
            return row.next()
                    && row.getInt(1) == connection.unwrap(PGConnection.class).getBackendPID()
                    && "on".equals(row.getString(2));
        }
    }

    private Connection open(Properties properties) throws SQLException {
        Connection connection = new Driver().connect(settings.url(), properties);
        if (connection == null) {
            throw new SQLException("the driver does not know the URL");
        }
        return connection;
    }

    private static void close(Connection connection, SQLException cause) {
        try {
            connection.close();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }
}
