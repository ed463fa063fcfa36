package dev.millrace.cli.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The bare engine doing the same durable writes: plain JDBC on one connection, one table with the columns that a plain queue
 * needs, the same journal, sync and cache settings. It is what a careful person would write by hand for this one purpose. The best of its
 * runs counts: noise of the machine is not to flatter us.
 */
final class RawSqlite {
    private static final int BATCH = 500;
    private static final int RUNS = 3;
    private static final String TABLE = """
            CREATE TABLE job (
              seq INTEGER PRIMARY KEY,
              id BLOB NOT NULL UNIQUE,
              state INTEGER NOT NULL,
              priority INTEGER NOT NULL,
              due INTEGER NOT NULL,
              token INTEGER NOT NULL DEFAULT 0,
              attempt INTEGER NOT NULL DEFAULT 0,
              session INTEGER,
              created INTEGER NOT NULL,
              started INTEGER,
              finished INTEGER,
              payload BLOB
            ) STRICT""";
    private static final String READY = "CREATE INDEX job_ready ON job (priority DESC, due, seq) WHERE state = 0";
    private static final String INSERT =
            "INSERT INTO job (id, state, priority, due, created, payload) VALUES (?, 0, 0, ?, ?, ?)";
    private static final String CLAIM = """
            UPDATE job SET state = 1, token = token + 1, attempt = attempt + 1, session = 1, started = ?
            WHERE seq IN (SELECT seq FROM job WHERE state = 0 ORDER BY priority DESC, due, seq LIMIT ?)
            RETURNING seq, token, id, payload""";
    private static final String SETTLE =
            "UPDATE job SET state = 2, session = NULL, finished = ? WHERE seq = ? AND state = 1 AND token = ?";

    private RawSqlite() {}

    /** One claimed row. */
    private record Claimed(long seq, long token) {}

    /** Jobs per second, the best of three runs: each commit settles a batch where it stands and claims the next. */
    static double settleAndClaim(Engine engine, int jobs) throws SQLException, IOException {
        double best = 0;
        for (int i = 0; i < RUNS; i++) {
            best = Math.max(best, settleAndClaimOnce(engine, jobs));
        }
        return best;
    }

    private static double settleAndClaimOnce(Engine engine, int jobs) throws SQLException, IOException {
        Path folder = engine.folder();
        try (Connection connection = connect(engine, folder)) {
            insert(connection, 1_000, jobs / 4);
            process(connection);
            insert(connection, 1_000, jobs);
            long start = System.nanoTime();
            int done = process(connection);
            return done / ((System.nanoTime() - start) / 1e9);
        } finally {
            Engine.delete(folder);
        }
    }

    private static int process(Connection connection) throws SQLException {
        List<Claimed> held = new ArrayList<>();
        int done = 0;
        try (PreparedStatement settle = connection.prepareStatement(SETTLE);
                PreparedStatement claim = connection.prepareStatement(CLAIM)) {
            do {
                long now = micros();
                for (Claimed each : held) {
                    settle.setLong(1, now);
                    settle.setLong(2, each.seq());
                    settle.setLong(3, each.token());
                    settle.executeUpdate();
                    done++;
                }
                held = claim(claim, now);
                connection.commit();
            } while (!held.isEmpty());
        }
        return done;
    }

    private static List<Claimed> claim(PreparedStatement claim, long now) throws SQLException {
        List<Claimed> held = new ArrayList<>();
        claim.setLong(1, now);
        claim.setInt(2, BATCH);
        try (ResultSet rows = claim.executeQuery()) {
            while (rows.next()) {
                held.add(new Claimed(rows.getLong(1), rows.getLong(2)));
                rows.getBytes(3);
                rows.getBytes(4);
            }
        }
        return held;
    }

    /** Jobs per second, the best of three runs: so many are inserted by each commit. */
    static double inserts(Engine engine, int batch, int jobs) throws SQLException, IOException {
        double best = 0;
        for (int i = 0; i < RUNS; i++) {
            best = Math.max(best, insertsOnce(engine, batch, jobs));
        }
        return best;
    }

    private static double insertsOnce(Engine engine, int batch, int jobs) throws SQLException, IOException {
        Path folder = engine.folder();
        try (Connection connection = connect(engine, folder)) {
            insert(connection, batch, Math.max(batch, jobs / 4));
            long start = System.nanoTime();
            insert(connection, batch, jobs);
            return jobs / ((System.nanoTime() - start) / 1e9);
        } finally {
            Engine.delete(folder);
        }
    }

    private static void insert(Connection connection, int batch, int jobs) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (int i = 1; i <= jobs; i++) {
                UUID id =
                        new UUID(System.currentTimeMillis() << 16 | 0x7000, Double.doubleToRawLongBits(Math.random()));
                long now = micros();
                insert.setBytes(
                        1,
                        ByteBuffer.allocate(16)
                                .putLong(id.getMostSignificantBits())
                                .putLong(id.getLeastSignificantBits())
                                .array());
                insert.setLong(2, now);
                insert.setLong(3, now);
                insert.setBytes(4, ('"' + Tally.payload(i) + '"').getBytes(StandardCharsets.UTF_8));
                insert.executeUpdate();
                if (i % batch == 0 || i == jobs) {
                    connection.commit();
                }
            }
        }
    }

    private static long micros() {
        return System.currentTimeMillis() * 1_000;
    }

    private static Connection connect(Engine engine, Path folder) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("raw.db"));
        String synchronous = engine.parameters().matches("(?i).*synchronous=(OFF|NORMAL|EXTRA).*")
                ? engine.parameters().replaceAll("(?i).*synchronous=(\\w+).*", "$1")
                : "FULL";
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = " + synchronous);
            statement.execute("PRAGMA cache_size = -65536");
            statement.execute("PRAGMA wal_autocheckpoint = 8192");
            statement.execute(TABLE);
            statement.execute(READY);
        }
        connection.setAutoCommit(false);
        return connection;
    }
}
