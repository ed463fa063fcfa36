package dev.millrace.benchmarks.vacuum;

import dev.millrace.benchmarks.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** A transaction that has read once and then stays open, as a forgotten session or a long report does. */
final class HeldSnapshot implements AutoCloseable {
    private final Connection connection;

    HeldSnapshot(Database database) throws SQLException {
        this.connection = database.connect();
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT count(*) FROM millrace.meta");
        }
    }

    /** Ends the transaction. */
    @Override
    public void close() throws SQLException {
        try (connection) {
            connection.rollback();
        }
    }
}
