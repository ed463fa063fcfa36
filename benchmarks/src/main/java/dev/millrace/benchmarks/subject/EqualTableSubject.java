package dev.millrace.benchmarks.subject;

import com.zaxxer.hikari.HikariDataSource;
import dev.millrace.Millrace;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;

/**
 * A table with the columns and indexes of Millrace's jobs, filled by plain JDBC: the least that a bulk enqueue of Millrace can
 * cost. It takes jobs in and does nothing with them.
 */
final class EqualTableSubject implements Subject {
    private static final int CHUNK = 1_000;
    private static final String INSERT = """
            INSERT INTO plain.job (id, priority, lane, due, created, state, payload)
            SELECT id, 0, 1, extract(epoch FROM now()) * 1000000, extract(epoch FROM now()) * 1000000, 2, payload
            FROM unnest(?::uuid[], ?::bytea[]) AS new (id, payload)""";

    private final Server server;
    private final HikariDataSource pool;

    EqualTableSubject(Server server) {
        this.server = server;
        this.pool = server.pool(16);
    }

    @Override
    public void clear(String place) throws SQLException {
        Millrace.open(server.url()).close(); // makes the table that is to be equalled
        Server.run(
                pool,
                "DROP SCHEMA IF EXISTS plain CASCADE",
                "CREATE SCHEMA plain",
                "CREATE TABLE plain.job (LIKE millrace.job INCLUDING ALL)");
    }

    @Override
    public void join(String place) {
        // one place for all
    }

    @Override
    public void bulk(int jobs) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (int from = 0; from < jobs; from += CHUNK) {
                int size = Math.min(CHUNK, jobs - from);
                UUID[] ids = new UUID[size];
                byte[][] payloads = new byte[size][];
                for (int i = 0; i < size; i++) {
                    ids[i] = RawSubject.id();
                    payloads[i] = RawSubject.payload(from + i);
                }
                insert.setArray(1, connection.createArrayOf("uuid", ids));
                insert.setArray(2, connection.createArrayOf("bytea", payloads));
                insert.executeUpdate();
            }
        }
    }

    @Override
    public void enqueue(int number) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setArray(1, connection.createArrayOf("uuid", new UUID[] {RawSubject.id()}));
            insert.setArray(2, connection.createArrayOf("bytea", new byte[][] {RawSubject.payload(number)}));
            insert.executeUpdate();
        }
    }

    @Override
    public void start() {
        throw new UnsupportedOperationException("it has no worker");
    }

    @Override
    public void stop() {
        // never started
    }

    @Override
    public long unfinished() throws SQLException {
        return Server.number(pool, "SELECT count(*) FROM plain.job");
    }

    @Override
    public void close() {
        pool.close();
    }
}
