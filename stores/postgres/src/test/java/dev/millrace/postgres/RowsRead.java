package dev.millrace.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;

/** What the server has read, as it counts itself: measured in rows, since time tells more of the machine than of the plan. */
final class RowsRead {
    private static final String JOBS = "relname = 'job' OR relname LIKE 'history%'";

    private RowsRead() {}

    /**
     * Rows of the table of jobs and of the history's segments, and entries of their indexes. A connection tells what it has read when it ends,
     * at the latest, so those of the store are waited for.
     *
     * @param schema the store's schema, which its connections have for their application_name
     */
    static Map<String, Long> of(Servers servers, String schema) throws SQLException {
        return told(servers, schema, JOBS, "seq_tup_read", "idx_tup_read");
    }

    /** The same of what jobs wait for. */
    static Map<String, Long> ofDependencies(Servers servers, String schema) throws SQLException {
        return told(servers, schema, "relname = 'dependency'", "seq_tup_read", "idx_tup_read");
    }

    /** The same of the buckets of queues with a rate. */
    static Map<String, Long> ofBuckets(Servers servers, String schema) throws SQLException {
        return told(servers, schema, "relname = 'bucket'", "seq_tup_read", "idx_tup_read");
    }

    /** How often the jobs' were gone into, in the same way. */
    static Map<String, Long> looks(Servers servers, String schema) throws SQLException {
        return told(servers, schema, JOBS, "seq_scan", "idx_scan");
    }

    private static Map<String, Long> told(
            Servers servers, String schema, String tables, String ofTables, String ofIndexes) throws SQLException {
        String ours = " WHERE schemaname = '" + schema + "' AND (" + tables + ")";
        Map<String, Long> numbers = new TreeMap<>();
        try (Connection connection = servers.connect();
                Statement statement = connection.createStatement()) {
            Latch.await(
                    connection,
                    "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = '" + schema
                            + "')");
            try (ResultSet rows = statement.executeQuery("SELECT relname, " + ofTables + " FROM pg_stat_user_tables"
                    + ours + " UNION ALL SELECT indexrelname, " + ofIndexes + " FROM pg_stat_user_indexes" + ours)) {
                while (rows.next()) {
                    numbers.put(rows.getString(1), rows.getLong(2));
                }
            }
        }
        return numbers;
    }
}
