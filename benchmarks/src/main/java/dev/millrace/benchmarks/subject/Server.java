package dev.millrace.benchmarks.subject;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** The database of one queue, on the loopback. */
record Server(int port, String database) {

    /** As a store's address. */
    String url() {
        return "postgresql://postgres@127.0.0.1:" + port + "/" + database;
    }

    private String jdbc() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=postgres&reWriteBatchedInserts=true";
    }

    /** A new connection. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbc());
    }

    /** A pool of so many connections, for queues that take one. */
    HikariDataSource pool(int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(jdbc());
        config.setMaximumPoolSize(connections);
        return new HikariDataSource(config);
    }

    /** Runs statements, each on its own. */
    static void run(DataSource source, String... statements) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The number that a query gives. */
    static long number(DataSource source, String query) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }
}
