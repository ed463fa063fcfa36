package dev.millrace.cli.bench;

import java.io.IOException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * PostgreSQL by plain JDBC on one connection: a narrow table of waiting and running jobs and one of finished ones. Each commit
 * moves a batch to the finished and claims the next.
 */
final class RawPostgres implements RawQueue {
    private static final String JOB = """
            CREATE TABLE %s.job (
              seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              id uuid NOT NULL UNIQUE,
              state smallint NOT NULL DEFAULT 0,
              priority smallint NOT NULL DEFAULT 0,
              due timestamptz NOT NULL DEFAULT now(),
              token bigint NOT NULL DEFAULT 0,
              attempt int NOT NULL DEFAULT 0,
              session int,
              created timestamptz NOT NULL DEFAULT now(),
              started timestamptz,
              payload bytea
            )""";
    private static final String DONE = """
            CREATE TABLE %s.done (
              id uuid PRIMARY KEY,
              state smallint NOT NULL,
              attempt int NOT NULL,
              created timestamptz NOT NULL,
              started timestamptz NOT NULL,
              finished timestamptz NOT NULL,
              payload bytea
            )""";
    private static final String READY = "CREATE INDEX job_ready ON %s.job (priority DESC, due, seq) WHERE state = 0";
    private static final String INSERT = "INSERT INTO %s.job (id, payload) SELECT * FROM unnest(?::uuid[], ?::bytea[])";
    private static final String SETTLE = """
            WITH gone AS (DELETE FROM %1$s.job WHERE seq = ANY(?) AND state = 1 RETURNING *)
            INSERT INTO %1$s.done SELECT id, 2, attempt, created, started, now(), payload FROM gone""";
    private static final String CLAIM = """
            WITH next AS (
              SELECT seq FROM %1$s.job WHERE state = 0
              ORDER BY priority DESC, due, seq LIMIT ? FOR UPDATE SKIP LOCKED)
            UPDATE %1$s.job SET state = 1, token = token + 1, attempt = attempt + 1, session = 1, started = now()
            FROM next WHERE job.seq = next.seq
            RETURNING job.seq, job.token, job.id, job.payload""";

    private final Connection connection;
    private final String schema;

    RawPostgres(Connection connection, String schema) throws SQLException {
        this.connection = connection;
        this.schema = schema;
        execute("CREATE SCHEMA " + schema);
        for (String sql : List.of(JOB, DONE, READY)) {
            execute(sql.formatted(schema));
        }
        connection.setAutoCommit(false);
    }

    @Override
    public void insert(int batch, int jobs) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT.formatted(schema))) {
            for (int from = 0; from < jobs; from += batch) {
                int size = Math.min(batch, jobs - from);
                UUID[] ids = new UUID[size];
                byte[][] payloads = new byte[size][];
                for (int i = 0; i < size; i++) {
                    ids[i] = RawQueue.id();
                    payloads[i] = RawQueue.payload(from + i);
                }
                insert.setArray(1, connection.createArrayOf("uuid", ids));
                insert.setArray(2, connection.createArrayOf("bytea", payloads));
                insert.executeUpdate();
                connection.commit();
            }
        }
    }

    @Override
    public int process() throws SQLException {
        int done = 0;
        List<Long> held = new ArrayList<>();
        try (PreparedStatement settle = connection.prepareStatement(SETTLE.formatted(schema));
                PreparedStatement claim = connection.prepareStatement(CLAIM.formatted(schema))) {
            do {
                if (!held.isEmpty()) {
                    Array seqs = connection.createArrayOf("bigint", held.toArray());
                    settle.setArray(1, seqs);
                    done += settle.executeUpdate();
                }
                held = claim(claim);
                connection.commit();
            } while (!held.isEmpty());
        }
        return done;
    }

    private static List<Long> claim(PreparedStatement claim) throws SQLException {
        List<Long> held = new ArrayList<>();
        claim.setInt(1, BATCH);
        try (ResultSet rows = claim.executeQuery()) {
            while (rows.next()) {
                held.add(rows.getLong(1));
                rows.getObject(3, UUID.class);
                rows.getBytes(4);
            }
        }
        return held;
    }

    @Override
    public void close() throws IOException {
        try (connection) {
            connection.rollback();
            connection.setAutoCommit(true);
            execute("DROP SCHEMA " + schema + " CASCADE");
        } catch (SQLException e) {
            throw new IOException("the bench's schema " + schema + " could not be dropped: drop it by hand", e);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
