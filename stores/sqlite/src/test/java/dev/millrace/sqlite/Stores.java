package dev.millrace.sqlite;

import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;

/** What these tests do to files from outside of a store. */
final class Stores {
    private Stores() {}

    static Store open(Path file, String parameters) {
        return open(file, parameters, Clock.systemUTC());
    }

    static Store open(Path file, String parameters, Clock clock) {
        StoreAddress address = StoreAddress.parse("sqlite:" + file + parameters);
        return new SqliteProvider().open(new StoreConfig(address, clock, Retention.DEFAULT));
    }

    static LayoutPlan layout(Path file, String parameters) {
        StoreAddress address = StoreAddress.parse("sqlite:" + file + parameters);
        return new SqliteProvider().layout(new StoreConfig(address, Clock.systemUTC(), Retention.DEFAULT));
    }

    /** Another program's connection to the file. */
    static Connection connect(Path file) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file);
    }

    static void execute(Path file, String... statements) throws SQLException {
        try (Connection connection = connect(file);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Runs a statement; its answer's first column, empty where it has none. */
    static String query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return "";
            }
            try (ResultSet rows = statement.getResultSet()) {
                return rows.next() ? rows.getString(1) : "";
            }
        }
    }
}
