package dev.millrace.postgres;

import dev.millrace.testkit.server.PgBouncer;
import dev.millrace.testkit.server.PostgresServer;
import dev.millrace.testkit.server.PostgresServer.Durability;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/** The servers that the tests of this JVM share, each started when first needed; they end with the JVM. */
final class Servers {
    private static final String[] SETTINGS = {"max_connections=300", "shared_buffers=64MB", "full_page_writes=off"};

    /** PostgreSQL 18, from the test dependency. */
    static final Servers NEW = new Servers(() -> PostgresServer.embedded(Durability.PROCESS_DEATH, SETTINGS));
    /** The system's PostgreSQL, 15 on Debian 12. */
    static final Servers OLD = new Servers(() -> PostgresServer.system(Durability.PROCESS_DEATH, SETTINGS));

    private static final List<String> TABLES = List.of(
            "job",
            "history",
            "tally",
            "total",
            "payload",
            "spec",
            "tag",
            "holder",
            "dependency",
            "slot",
            "\"group\"",
            "bucket",
            "outbox",
            "run",
            "log",
            "progress",
            "step",
            "tombstone",
            "note",
            "session",
            "lane");

    private final Supplier<PostgresServer> starter;
    private final Deque<String> empty = new ArrayDeque<>();
    private PostgresServer server;
    private PgBouncer pooler;
    private int schemas;
    private final Object statements = new Object();
    /** For {@link #run}. */
    private Connection own;

    private Servers(Supplier<PostgresServer> starter) {
        this.starter = starter;
    }

    synchronized PostgresServer server() {
        if (server == null) {
            server = starter.get();
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "remove-postgres-under-test"));
        }
        return server;
    }

    /** A pooler before it, whose few connections change hands all the time. */
    synchronized PgBouncer pooler() {
        if (pooler == null) {
            pooler = PgBouncer.before(server(), 6);
            Runtime.getRuntime().addShutdownHook(new Thread(pooler::close, "remove-pgbouncer-under-test"));
        }
        return pooler;
    }

    /** The beginning of an address by way of the pooler, with wake-ups by the direct way; parameters are to follow. */
    String pooled() {
        return server().url(pooler().port()) + "?listen.url="
                + URLEncoder.encode(server().url(), StandardCharsets.UTF_8) + "&";
    }

    /** An address with a schema that nobody uses: one that was emptied, or a new one. */
    synchronized String address(String parameters) {
        return server().url() + "?schema=" + schema() + parameters;
    }

    /** The name of a schema that nobody uses. */
    synchronized String schema() {
        return empty.isEmpty() ? "millrace_test_" + ++schemas : empty.pop();
    }

    /** Empties a schema for the next test. */
    void recycle(String schema) {
        StringBuilder sql = new StringBuilder();
        TABLES.forEach(table -> sql.append("DELETE FROM ")
                .append(schema)
                .append('.')
                .append(table)
                .append("; "));
        sql.append("DELETE FROM ").append(schema).append(".meta WHERE name NOT IN ('schema', 'usable_from'); ");
        String segments = "UPDATE " + schema + ".segment SET ";
        sql.append(segments).append("opened = NULL, closed = NULL, tried = NULL, tries = 0; ");
        sql.append(segments).append("opened = 0 WHERE segment = ").append(Ring.FIRST);
        // dead rows of earlier tests would have claims begin at marks
        sql.append("; SELECT pg_stat_reset_single_table_counters('" + schema + ".job'::regclass)");
        run(sql.toString());
        synchronized (this) {
            empty.push(schema);
        }
    }

    void run(String sql) {
        synchronized (statements) {
            try {
                if (own == null) {
                    own = connect();
                }
                try (Statement statement = own.createStatement()) {
                    statement.execute(sql);
                }
            } catch (SQLException e) {
                throw new AssertionError(sql, e);
            }
        }
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + server().port() + "/postgres?user=postgres");
    }
}
