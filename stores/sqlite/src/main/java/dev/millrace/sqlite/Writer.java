package dev.millrace.sqlite;

import dev.millrace.StoreException;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store.Signal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that changes the file. It takes all changes that wait, makes them in one transaction and commits once, so
 * that concurrent callers share one wait for the disk. A change that fails never hurts its neighbours: the transaction is
 * rolled back, and each of its changes is made again in a transaction of its own.
 *
 * <p>Between changes it looks for commits of other processes, while someone is attentive ({@link Wakeups}): {@code PRAGMA
 * data_version} changes for commits of other connections only, so it has to be asked on the connection that makes our own.
 */
final class Writer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);
    /** More changes than this are not put into one transaction: the first would wait too long for the last. */
    private static final int MOST_TOGETHER = 512;

    private static final long LOOK_NANOS = 1_500_000;
    /** How often to look after trouble with looking. */
    private static final long TROUBLED_LOOK_NANOS = 1_000_000_000;

    private final Connection connection;
    private final SqliteErrors errors;
    private final Clock clock;
    private final Statements sql;
    private final Tx tx;
    private final Wakeups wakeups;
    private final LinkedBlockingQueue<Pending<?>> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean closed;
    private long version;
    private long lookedAt;
    private long lookEvery = LOOK_NANOS;

    Writer(Connection connection, SqliteErrors errors, Clock clock, Retention retention, Wakeups wakeups, String name) {
        this.connection = connection;
        this.errors = errors;
        this.clock = clock;
        this.sql = new Statements(connection);
        this.tx = new Tx(sql, retention, Tx.Owner.STORE);
        this.wakeups = wakeups;
        this.thread = new Thread(this::work, "millrace-sqlite-" + name);
        thread.setDaemon(true);
        wakeups.onAttention(() -> queue.add(Pending.nudge()));
        thread.start();
    }

    /** Makes a change durable, then answers. */
    <T extends @Nullable Object> T write(Tx.Change<T> change) {
        return submit(new Pending<>(change)).await();
    }

    /** Runs something between transactions: a checkpoint, a vacuum. */
    <T extends @Nullable Object> T alone(Tx.Change<T> statements) {
        Pending<T> pending = new Pending<>(statements);
        pending.alone = true;
        return submit(pending).await();
    }

    /** Refuses what comes after the store was closed. */
    void refuseClosed() {
        if (closed) {
            throw errors.lasting("is closed. Nothing was changed");
        }
    }

    private synchronized <T extends @Nullable Object> Pending<T> submit(Pending<T> pending) {
        refuseClosed();
        queue.add(pending);
        return pending;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            queue.add(Pending.nudge());
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        List<Pending<?>> batch = new ArrayList<>();
        while (!closed || !queue.isEmpty()) {
            try {
                batch.clear();
                take(batch);
                look();
                run(batch);
            } catch (InterruptedException e) {
                LOG.warn("the writer of a SQLite store was interrupted by someone; it goes on");
            } catch (RuntimeException | Error e) {
                batch.forEach(pending -> pending.fail(e));
            }
        }
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.warn("a SQLite store was not closed cleanly; what was accepted is safe: {}", e.toString());
        }
    }

    private void take(List<Pending<?>> batch) throws InterruptedException {
        Pending<?> first;
        if (wakeups.attentive()) {
            first = queue.poll(lookEvery, TimeUnit.NANOSECONDS);
        } else {
            first = queue.take();
        }
        if (first != null) {
            batch.add(first);
            queue.drainTo(batch, MOST_TOGETHER - 1);
            batch.removeIf(Pending::isNudge);
        }
    }

    /** Tells listeners everything if another connection has committed since the last look. */
    private void look() {
        long time = System.nanoTime();
        if (!wakeups.attentive() || time - lookedAt < lookEvery / 2) {
            return;
        }
        lookedAt = time;
        try {
            long seen = sql.number("PRAGMA data_version");
            boolean changed = seen != version && version != 0;
            version = seen;
            lookEvery = LOOK_NANOS;
            if (changed) {
                wakeups.ring(EnumSet.allOf(Signal.class));
            }
        } catch (SQLException e) {
            if (lookEvery == LOOK_NANOS) {
                LOG.warn(
                        "other processes' changes cannot be seen for now; work goes on by heartbeat: {}", e.toString());
            }
            sql.forget();
            lookEvery = TROUBLED_LOOK_NANOS;
        }
    }

    private void run(List<Pending<?>> batch) {
        int from = 0;
        for (int i = 0; i < batch.size(); i++) {
            if (batch.get(i).alone) {
                transact(batch.subList(from, i));
                batch.get(i).runAlone(tx, micros(), errors);
                sql.forget();
                from = i + 1;
            }
        }
        transact(batch.subList(from, batch.size()));
    }

    private void transact(List<Pending<?>> batch) {
        if (batch.isEmpty()) {
            return;
        }
        try {
            sql.prepare("BEGIN IMMEDIATE").execute();
        } catch (SQLException e) {
            sql.forget();
            StoreException error = errors.of(e);
            batch.forEach(pending -> pending.fail(error));
            return;
        }
        try {
            for (Pending<?> pending : batch) {
                pending.make(tx, micros());
            }
            tx.flush();
            sql.prepare("COMMIT").execute();
        } catch (SQLException | RuntimeException | Error e) {
            rollBack();
            if (batch.size() == 1) {
                batch.get(0).fail(e instanceof SQLException own ? errors.of(own) : e);
            } else {
                batch.forEach(pending -> transact(List.of(pending)));
            }
            return;
        }
        EnumSet<Signal> signals = tx.committed();
        batch.forEach(Pending::done);
        wakeups.ring(signals);
    }

    private void rollBack() {
        tx.rolledBack();
        sql.forget();
        try {
            sql.prepare("ROLLBACK").execute();
        } catch (SQLException e) {
            // SQLite has rolled back by itself after some errors, and says so here
            LOG.debug("roll-back: {}", e.toString());
        }
    }

    private long micros() {
        return Micros.of(clock.instant());
    }
}
