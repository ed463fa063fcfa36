package dev.millrace.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.pool.HikariPool;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Connections: a pool for calls, and single ones for what takes long. Nothing is kept in a connection but its {@link Terms}. */
final class Links implements AutoCloseable {
    /** A server that says nothing for this long is gone, whatever it was asked to read or vacuum. */
    private static final Duration LONG_SILENCE = Duration.ofHours(1);

    private final Way way;
    private final Way wakeups;
    private final Terms hurried;
    private final Terms unhurried;
    private final HikariDataSource pool;

    private Links(Settings settings, Way way, HikariDataSource pool) {
        this.way = way;
        this.wakeups = settings.wakeups() == null ? way : new Way(settings.wakeups());
        this.hurried = Terms.hurried(settings);
        this.unhurried = Terms.unhurried(settings);
        this.pool = pool;
    }

    /** Opens the pool with one connection. That is made here: the pool would wait for a second before it gave up. */
    static Links open(Settings settings) throws SQLException {
        Way way = new Way(settings);
        Terms terms = Terms.hurried(settings);
        Connection made = way.connect(terms, settings.socketTimeout());
        AtomicReference<@Nullable Connection> first = new AtomicReference<>(made);
        HikariConfig config = new HikariConfig();
        config.setPoolName("millrace-postgres");
        config.setDataSource(new DriverSource(() -> {
            Connection ready = first.getAndSet(null);
            return ready == null ? way.connect(terms, settings.socketTimeout()) : ready;
        }));
        config.setMaximumPoolSize(settings.pool().size());
        config.setMinimumIdle(1);
        config.setConnectionTimeout(settings.pool().timeout().toMillis());
        config.setMaxLifetime(settings.pool().maxLifetime().toMillis());
        config.setIdleTimeout(Math.min(60_000, settings.pool().maxLifetime().toMillis() / 2));
        config.setValidationTimeout(Math.min(5_000, settings.pool().timeout().toMillis()));
        config.setInitializationFailTimeout(1);
        try {
            return new Links(settings, way, new HikariDataSource(config));
        } catch (HikariPool.PoolInitializationException e) {
            made.close();
            throw e.getCause() instanceof SQLException own ? own : new SQLException(e);
        }
    }

    Connection take() throws SQLException {
        return pool.getConnection();
    }

    /** What each transaction on a connection of the pool begins with: nothing, unless there is a pooler on the way. */
    String preface() {
        return way.pooled() ? hurried.preface() : "";
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
        return new Way(settings).connect(Terms.hurried(settings), settings.socketTimeout());
    }

    /** A connection for statements that read everything or take minutes. */
    Connection unhurried() throws SQLException {
        return way.connect(unhurried, LONG_SILENCE);
    }

    /** What each transaction on an unhurried connection begins with. */
    String unhurriedPreface() {
        return way.pooled() ? unhurried.preface() : "";
    }

    /** A connection that the caller waits on, no longer than this at a time. */
    Connection listening(Duration silence) throws SQLException {
        return wakeups.connect(unhurried, silence);
    }

    @Override
    public void close() {
        pool.close();
    }
}
