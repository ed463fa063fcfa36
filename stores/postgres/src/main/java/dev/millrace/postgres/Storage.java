package dev.millrace.postgres;

import dev.millrace.spi.Findings;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Looks at the store's tables, by what the server counts anyway: nothing of them is read. */
final class Storage {
    private static final int PAGE = 8_192;
    /** A row of the indexes that this store has takes less than a tenth of this. */
    private static final long INDEX_BYTES_PER_ROW = 4_096;

    private static final String TABLES = "SELECT relname, n_live_tup AS live, n_dead_tup AS dead,"
            + " coalesce(to_char(greatest(last_autovacuum, last_vacuum), 'YYYY-MM-DD HH24:MI:SS OF'), 'never') AS vacuumed,"
            + " pg_table_size(relid) AS bytes, pg_relation_size(relid) AS rows_bytes, pg_indexes_size(relid) AS indexes"
            + " FROM pg_stat_all_tables WHERE schemaname = ?";

    /** How often a segment of the history is tried to be emptied, a minute apart, before that is worth a word. */
    private static final int TRIES = 3;

    private static final String HELD = """
            SELECT s.segment, s.tries, pg_relation_size(p.name) AS bytes, coalesce((
              SELECT format('pid %s (user %s, %s)', a.pid, coalesce(a.usename, '?'), coalesce(nullif(a.application_name, ''), 'no name'))
              FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
              WHERE l.relation = p.name AND l.granted AND l.pid <> pg_backend_pid() ORDER BY a.xact_start LIMIT 1),
              'nobody at this moment') AS holder
            FROM @segment AS s CROSS JOIN LATERAL (SELECT to_regclass('@history_' || s.segment) AS name) AS p
            WHERE s.tries >= TRIES ORDER BY s.segment
            """.replace("TRIES", Integer.toString(TRIES));

    private static final String UNTRUNCATABLE = "SELECT current_user WHERE EXISTS (SELECT 1 FROM @segment AS s"
            + " WHERE NOT has_table_privilege(to_regclass('@history_' || s.segment), 'TRUNCATE'))";

    private final Sql sql;
    private final String schema;
    private final Patience patience;
    private final Findings findings;

    Storage(Sql sql, String schema, Patience patience, Findings findings) {
        this.sql = sql;
        this.schema = schema;
        this.patience = patience;
        this.findings = findings;
    }

    void lookAtDeadRows() throws SQLException {
        sql.rows(
                TABLES + " AND n_dead_tup > ? AND n_dead_tup > n_live_tup ORDER BY n_dead_tup DESC LIMIT 10",
                row -> {
                    findings.warning(
                            "pg-dead-rows",
                            "table " + name(row) + " has " + row.getLong("dead") + " dead rows beside "
                                    + row.getLong("live") + " living, and was last vacuumed: "
                                    + row.getString("vacuumed"),
                            "claims step over dead rows, so they become slower with each",
                            "if a transaction or slot holds them, end it (see above); else millrace optimize vacuums,"
                                    + " and autovacuum needs more room to work (autovacuum_max_workers, _cost_limit)");
                    return true;
                },
                schema,
                patience.dead());
    }

    void lookAtSegments() throws SQLException {
        String user = sql.first(UNTRUNCATABLE, row -> row.getString(1));
        if (user != null) {
            findings.warning(
                    "pg-truncate",
                    "the user " + user + " may not truncate segments of the history",
                    "finished jobs are deleted one by one, which is slow and writes much log where there are many",
                    "let the owner of the tables run: GRANT TRUNCATE ON ALL TABLES IN SCHEMA "
                            + Sql.Names.quoted(schema) + " TO " + Sql.Names.quoted(user));
        }
        sql.rows(HELD, row -> {
            findings.warning(
                    "pg-segment",
                    "segment history_" + row.getInt("segment") + " could not be emptied in " + row.getInt("tries")
                            + " tries, since somebody holds it: " + row.getString("holder"),
                    Doctor.mebibytes(row.getLong("bytes"))
                            + " of jobs that were kept long enough stay, and each try makes others wait for a moment",
                    "end that transaction: a dump, a report, a session that is idle in one (pg_locks shows it)");
            return true;
        });
    }

    void lookAtSizes() throws SQLException {
        long[] total = new long[1];
        sql.rows(
                TABLES,
                row -> {
                    total[0] += row.getLong("bytes") + row.getLong("indexes");
                    lookForBloat(row);
                    return true;
                },
                schema);
        if (total[0] > patience.all()) {
            findings.note(
                    "pg-large",
                    "tables and indexes of schema " + schema + " take " + Doctor.mebibytes(total[0]),
                    "backups, restarts and vacuum take longer with each gigabyte",
                    "keep finished jobs for a shorter time (retention), or payloads elsewhere");
        }
    }

    /** More than a page for each row is room that nothing fills: what a row has beyond a fourth of a page lies elsewhere. */
    private void lookForBloat(ResultSet row) throws SQLException {
        long rows = Math.max(1, row.getLong("live"));
        long table = row.getLong("rows_bytes");
        long indexes = row.getLong("indexes");
        boolean tableBloated = table > patience.table() && table / PAGE > rows;
        boolean indexesBloated = indexes > patience.table() && indexes / INDEX_BYTES_PER_ROW > rows;
        if (tableBloated || indexesBloated) {
            findings.warning(
                    "pg-bloat",
                    "table " + name(row) + " takes " + Doctor.mebibytes(row.getLong("bytes")) + " and its indexes "
                            + Doctor.mebibytes(indexes) + " for about " + row.getLong("live") + " rows",
                    "the rest is empty: it takes memory and disk, and scans of indexes become slower",
                    indexesBloated
                            ? "REINDEX TABLE CONCURRENTLY " + name(row) + "; works while workers run"
                            : "VACUUM FULL " + name(row) + " while its workers are stopped, or pg_repack");
        }
    }

    private String name(ResultSet row) throws SQLException {
        return Sql.Names.quoted(schema) + "." + row.getString("relname");
    }
}
