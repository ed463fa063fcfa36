package dev.millrace.cli.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
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
 * SQLite by plain JDBC on one connection: one table with the columns that a plain queue needs, the same journal, sync and cache
 * settings.
 */
final class RawSqlite implements RawQueue {
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

    private final Path folder;
    private final Connection connection;

    RawSqlite(Path folder, String parameters) throws SQLException {
        this.folder = folder;
        this.connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("raw.db"));
        String synchronous = parameters.matches("(?i).*synchronous=(OFF|NORMAL|EXTRA).*")
                ? parameters.replaceAll("(?i).*synchronous=(\\w+).*", "$1")
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
    }

    /** One claimed row. */
    private record Claimed(long seq, long token) {}

    @Override
    public void insert(int batch, int jobs) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (int i = 1; i <= jobs; i++) {
                UUID id = RawQueue.id();
                long now = RawQueue.micros();
                insert.setBytes(
                        1,
                        ByteBuffer.allocate(16)
                                .putLong(id.getMostSignificantBits())
                                .putLong(id.getLeastSignificantBits())
                                .array());
                insert.setLong(2, now);
                insert.setLong(3, now);
                insert.setBytes(4, RawQueue.payload(i));
                insert.executeUpdate();
                if (i % batch == 0 || i == jobs) {
                    connection.commit();
                }
            }
        }
    }

    @Override
    public int process() throws SQLException {
        List<Claimed> held = new ArrayList<>();
        int done = 0;
        try (PreparedStatement settle = connection.prepareStatement(SETTLE);
                PreparedStatement claim = connection.prepareStatement(CLAIM)) {
            do {
                long now = RawQueue.micros();
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

    @Override
    public void close() throws IOException {
        try (connection) {
            SqliteEngine.delete(folder);
        } catch (SQLException e) {
            throw new IOException("the bare SQLite file of the bench could not be closed", e);
        }
    }
}
