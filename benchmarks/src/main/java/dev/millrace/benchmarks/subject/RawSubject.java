package dev.millrace.benchmarks.subject;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL by plain JDBC: what a careful person would write by hand for a queue that only ever does this one thing. A narrow
 * table of waiting and running jobs, and one of finished ones. Each commit moves 500 jobs to the finished and claims the next
 * 500; enqueues are one row a commit, or 1,000 rows by {@code unnest}.
 */
final class RawSubject implements Claiming {
    private static final int MOST = 500;
    private static final int CHUNK = 1_000;
    private static final String[] TABLES = {
        "DROP SCHEMA IF EXISTS raw CASCADE",
        "CREATE SCHEMA raw",
        """
        CREATE TABLE raw.job (
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
        )""",
        """
        CREATE TABLE raw.done (
          id uuid PRIMARY KEY,
          state smallint NOT NULL,
          attempt int NOT NULL,
          created timestamptz NOT NULL,
          started timestamptz NOT NULL,
          finished timestamptz NOT NULL,
          payload bytea
        )""",
        "CREATE INDEX job_ready ON raw.job (priority DESC, due, seq) WHERE state = 0"
    };
    private static final String ONE = "INSERT INTO raw.job (id, payload) VALUES (?, ?)";
    private static final String MANY = "INSERT INTO raw.job (id, payload) SELECT * FROM unnest(?::uuid[], ?::bytea[])";
    private static final String SETTLE = """
            WITH gone AS (DELETE FROM raw.job WHERE seq = ANY(?) AND state = 1 RETURNING *)
            INSERT INTO raw.done SELECT id, 2, attempt, created, started, now(), payload FROM gone""";
    private static final String CLAIM = """
            WITH next AS (
              SELECT seq FROM raw.job WHERE state = 0
              ORDER BY priority DESC, due, seq LIMIT ? FOR UPDATE SKIP LOCKED)
            UPDATE raw.job SET state = 1, token = token + 1, attempt = attempt + 1, session = 1, started = now()
            FROM next WHERE job.seq = next.seq
            RETURNING job.seq, job.payload""";

    private final HikariDataSource pool;
    private final int connections;
    private final List<Thread> workers = new ArrayList<>();
    private volatile boolean stopped;
    private volatile @Nullable SQLException failure;

    /** @param connections how many claim and settle at once */
    RawSubject(Server server, int connections) {
        this.pool = server.pool(16);
        this.connections = connections;
    }

    @Override
    public void clear(String place) throws SQLException {
        Server.run(pool, TABLES);
    }

    @Override
    public void join(String place) {
        // one place for all
    }

    @Override
    public void bulk(int jobs) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement(MANY)) {
            for (int from = 0; from < jobs; from += CHUNK) {
                int size = Math.min(CHUNK, jobs - from);
                UUID[] ids = new UUID[size];
                byte[][] payloads = new byte[size][];
                for (int i = 0; i < size; i++) {
                    ids[i] = id();
                    payloads[i] = payload(from + i);
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
                PreparedStatement insert = connection.prepareStatement(ONE)) {
            insert.setObject(1, id());
            insert.setBytes(2, payload(number));
            insert.executeUpdate();
        }
    }

    @Override
    public void start() {
        stopped = false;
        for (int i = 0; i < connections; i++) {
            Thread thread = new Thread(this::work, "raw-" + i);
            thread.setDaemon(true);
            workers.add(thread);
            thread.start();
        }
    }

    private void work() {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement settle = connection.prepareStatement(SETTLE);
                    PreparedStatement claim = connection.prepareStatement(CLAIM)) {
                List<Long> held = List.of();
                while (!stopped || !held.isEmpty()) {
                    held = exchange(connection, settle, claim, held, stopped ? 0 : MOST, true);
                    if (held.isEmpty() && !stopped) {
                        LockSupport.parkNanos(1_000_000);
                    }
                }
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            failure = e;
        }
    }

    /** Settles and claims in one commit; gives what was claimed. */
    private static List<Long> exchange(
            Connection connection,
            PreparedStatement settle,
            PreparedStatement claim,
            List<Long> held,
            int most,
            boolean runs)
            throws SQLException {
        if (!held.isEmpty()) {
            settle.setArray(1, connection.createArrayOf("bigint", held.toArray()));
            settle.executeUpdate();
        }
        List<Long> next = new ArrayList<>(most);
        List<byte[]> payloads = new ArrayList<>(most);
        claim.setInt(1, most);
        try (ResultSet rows = claim.executeQuery()) {
            while (rows.next()) {
                next.add(rows.getLong(1));
                payloads.add(rows.getBytes(2));
            }
        }
        connection.commit();
        if (runs) {
            for (byte[] payload : payloads) {
                Handled.ran(Handled.number(new String(payload, 1, payload.length - 2, StandardCharsets.UTF_8)));
            }
        }
        return next;
    }

    @Override
    public void stop() throws SQLException, InterruptedException {
        stopped = true;
        for (Thread worker : workers) {
            worker.join();
        }
        workers.clear();
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public long unfinished() throws SQLException {
        return Server.number(pool, "SELECT count(*) FROM raw.job");
    }

    @Override
    public long claimRound() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement settle = connection.prepareStatement(SETTLE);
                    PreparedStatement claim = connection.prepareStatement(CLAIM)) {
                List<Long> held = List.of();
                long claimed = 0;
                long start = System.nanoTime();
                while (claimed < ROUND) {
                    held = exchange(connection, settle, claim, held, BATCH, false);
                    if (held.isEmpty()) {
                        throw new IllegalStateException("only " + claimed + " jobs were there to claim");
                    }
                    claimed += held.size();
                }
                long nanos = System.nanoTime() - start;
                exchange(connection, settle, claim, held, 0, false);
                return nanos;
            } finally {
                connection.setAutoCommit(true);
            }
        }
    }

    /** A job's id as a client makes it: a UUIDv7 with random bits. */
    static UUID id() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(
                System.currentTimeMillis() << 16 | 0x7000L | random.nextInt(4096),
                0x8000_0000_0000_0000L | random.nextLong() >>> 2);
    }

    /** A job's payload, as JSON. */
    static byte[] payload(int number) {
        return ('"' + Handled.payload(number) + '"').getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        pool.close();
    }
}
