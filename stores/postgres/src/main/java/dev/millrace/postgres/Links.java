package dev.millrace.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.pool.HikariPool;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.postgresql.Driver;

/**
 * Connections: a pool for calls, and single ones for what takes long.
 *
 * <p>What grows is found by an index, so the server's planner is told at connecting to take other ways only where there is no
 * such way: right after a bulk insert its statistics say that the table is empty, and a plan made then would read the whole of
 * it with each claim. That is a matter of speed alone; nothing else is kept in a connection.
 */
final class Links implements AutoCloseable {
    private static final String PLANNING =
            "-c jit=off -c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off"
                    + " -c enable_mergejoin=off -c enable_sort=off -c plan_cache_mode=force_generic_plan";
    /** Waiting for a lock any longer is an error: a stranger's transaction holds it. */
    private static final long LOCK_MILLIS = 5_000;
    /** A client that is frozen within a transaction, or gone without a word, holds its locks no longer. */
    private static final long IDLE_MILLIS = 10_000;

    /** A server that says nothing for this long is gone, whatever it was asked to read or vacuum. */
    private static final Duration LONG_SILENCE = Duration.ofHours(1);

    private static final String ALIVE =
            " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
                    + " -c tcp_user_timeout=20s -c default_transaction_isolation=read\\ committed";

    private final Settings settings;
    private final HikariDataSource pool;

    private Links(Settings settings, HikariDataSource pool) {
        this.settings = settings;
        this.pool = pool;
    }

    /** Opens the pool with one connection. */
    static Links open(Settings settings) throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setPoolName("millrace-postgres");
        config.setDataSource(new DriverSource(settings.url(), shortProperties(settings)));
        config.setMaximumPoolSize(settings.pool().size());
        config.setMinimumIdle(1);
        config.setConnectionTimeout(settings.pool().timeout().toMillis());
        config.setMaxLifetime(settings.pool().maxLifetime().toMillis());
        config.setIdleTimeout(Math.min(60_000, settings.pool().maxLifetime().toMillis() / 2));
        config.setValidationTimeout(Math.min(5_000, settings.pool().timeout().toMillis()));
        config.setInitializationFailTimeout(1);
        try {
            return new Links(settings, new HikariDataSource(config));
        } catch (HikariPool.PoolInitializationException e) {
            throw e.getCause() instanceof SQLException own ? own : new SQLException(e);
        }
    }

    Connection take() throws SQLException {
        return pool.getConnection();
    }

    /** After one connection broke, the others that wait in the pool are likely to be broken too: each is replaced before its use. */
    void distrust() {
        HikariPoolMXBean waiting = pool.getHikariPoolMXBean();
        if (waiting != null) {
            waiting.softEvictConnections();
        }
    }

    /** One connection without a pool, for looking once. */
    static Connection single(Settings settings) throws SQLException {
        return connect(settings.url(), shortProperties(settings));
    }

    /** A connection for statements that read everything or take minutes; the planner is free there. */
    Connection unhurried() throws SQLException {
        return connect(settings.url(), settings.properties(LONG_SILENCE, "-c jit=off" + ALIVE + commits(settings)));
    }

    /** A connection that the caller waits on, no longer than this at a time. */
    Connection listening(Duration silence) throws SQLException {
        Settings direct = settings.wakeups() == null ? settings : settings.wakeups();
        return connect(direct.url(), direct.properties(silence, "-c jit=off" + ALIVE));
    }

    private static Properties shortProperties(Settings settings) {
        long statement = settings.socketTimeout().minusMillis(500).toMillis();
        return settings.properties(
                settings.socketTimeout(),
                PLANNING + ALIVE + " -c lock_timeout=" + Math.min(LOCK_MILLIS, statement) + " -c statement_timeout="
                        + statement + " -c idle_in_transaction_session_timeout=" + Math.min(IDLE_MILLIS, statement)
                        + commits(settings));
    }

    private static String commits(Settings settings) {
        return settings.durability() == null ? "" : " -c synchronous_commit=" + settings.durability();
    }

    static Connection connect(String url, Properties properties) throws SQLException {
        Connection connection = new Driver().connect(url, properties);
        if (connection == null) {
            throw new SQLException("the driver does not know the URL");
        }
        return connection;
    }

    @Override
    public void close() {
        pool.close();
    }
}
