package dev.millrace.benchmarks.vacuum;

import dev.millrace.benchmarks.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Looks at the store's tables as the server's statistics see them, by a connection of its own. */
final class Tables implements AutoCloseable {
    private static final String JOB = """
            SELECT coalesce(sum(n_dead_tup) FILTER (WHERE relname = 'job'), 0),
              coalesce(sum(n_dead_tup) FILTER (WHERE relname <> 'job'), 0),
              coalesce(sum(autovacuum_count + vacuum_count) FILTER (WHERE relname = 'job'), 0),
              pg_relation_size('millrace.job'), pg_indexes_size('millrace.job')
            FROM pg_stat_user_tables WHERE schemaname = 'millrace'""";
    private static final String SIZES = """
            SELECT relname, pg_relation_size(oid) FROM pg_class
            WHERE relnamespace = 'millrace'::regnamespace AND relkind IN ('r', 'i')
            ORDER BY 2 DESC LIMIT 12""";

    private final Connection connection;

    Tables(Database database) throws SQLException {
        this.connection = database.connect();
    }

    /**
     * The table that work is claimed from.
     *
     * @param dead its rows that are gone for all but open transactions, as estimated by the server
     * @param otherDead those of all other tables
     * @param vacuums how often it was vacuumed
     * @param bytes its size
     * @param indexBytes the size of all its indexes
     */
    record Job(long dead, long otherDead, long vacuums, long bytes, long indexBytes) {}

    Job job() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(JOB);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new Job(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5));
        }
    }

    /** The largest tables and indexes, with their bytes, largest first. */
    Map<String, Long> largest() throws SQLException {
        Map<String, Long> sizes = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(SIZES);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                sizes.put(row.getString(1), row.getLong(2));
            }
        }
        return sizes;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
