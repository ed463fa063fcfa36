package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** Holds up who writes to a table, for as long as a test needs. It is no lock, so no limit on waiting for locks ends the wait. */
final class Latch implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Servers servers;
    private final String schema;

    private Latch(Servers servers, String schema) {
        this.servers = servers;
        this.schema = schema;
    }

    /**
     * Holds up statements on a table of the schema until this is closed.
     *
     * @param event what they do: INSERT, UPDATE or DELETE
     */
    static Latch before(String event, Servers servers, String schema, String table) {
        function(servers, schema, "NULL");
        servers.run("CREATE TRIGGER held_up BEFORE " + event + " ON " + schema + "." + table
                + " FOR EACH STATEMENT EXECUTE FUNCTION " + schema + ".held_up()");
        return new Latch(servers, schema);
    }

    /** Holds up who deletes one row of a table of the schema, once its statement has found it. */
    static Latch beforeDeleting(UUID id, Servers servers, String schema, String table) {
        function(servers, schema, "OLD");
        servers.run("CREATE TRIGGER held_up BEFORE DELETE ON " + schema + "." + table + " FOR EACH ROW WHEN (OLD.id = '"
                + id + "') EXECUTE FUNCTION " + schema + ".held_up()");
        return new Latch(servers, schema);
    }

    /** Holds up who inserts rows into a table of the schema; a statement that inserts none goes on. */
    static Latch beforeRows(Servers servers, String schema, String table) {
        function(servers, schema, "NEW");
        servers.run("CREATE TRIGGER held_up BEFORE INSERT ON " + schema + "." + table
                + " FOR EACH ROW EXECUTE FUNCTION " + schema + ".held_up()");
        return new Latch(servers, schema);
    }

    private static void function(Servers servers, String schema, String result) {
        servers.run("CREATE TABLE " + schema + ".latch (shut integer); INSERT INTO " + schema + ".latch VALUES (1)");
        servers.run("CREATE FUNCTION " + schema + ".held_up() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$ BEGIN"
                + " WHILE EXISTS (SELECT 1 FROM " + schema + ".latch) LOOP PERFORM pg_sleep(0.01); END LOOP;"
                + " RETURN " + result + "; END $$");
    }

    void awaitSomeone() throws SQLException {
        try (Connection connection = servers.connect()) {
            await(
                    connection,
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%" + schema + "%'");
        }
    }

    /** Waits until a query finds something. */
    static void await(Connection connection, String query) throws SQLException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try (Statement statement = connection.createStatement()) {
            boolean found = false;
            while (!found) {
                assertThat(System.nanoTime())
                        .as("waited too long for: %s", query)
                        .isLessThan(end);
                try (ResultSet rows = statement.executeQuery(query)) {
                    found = rows.next();
                }
                LockSupport.parkNanos(2_000_000);
            }
        }
    }

    /** Lets go what is held up. */
    void open() {
        servers.run("DELETE FROM " + schema + ".latch");
    }

    @Override
    public void close() {
        open();
    }
}
