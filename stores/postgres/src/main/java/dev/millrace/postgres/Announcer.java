package dev.millrace.postgres;

import dev.millrace.spi.Store.Signal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells other processes, by NOTIFY on a connection of its own after what it tells of is committed: within the transaction it
 * would make all commits wait for one another. What comes while it tells is told together, some milliseconds later.
 */
final class Announcer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);
    private static final long APART_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** A process's enqueues carry announcements for no more than a hundredth of the time. */
    private static final long PARTS = 100;

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Duration SILENCE = Duration.ofSeconds(10);

    private final Opener opener;
    private final String channel;
    private final String sender;
    private final String shown;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition something = lock.newCondition();
    private final EnumSet<Signal> waiting = EnumSet.noneOf(Signal.class);
    private boolean closed;
    /** When something was announced last, and how long a transaction that may carry an announcement takes. */
    private long lastNanos = System.nanoTime() - LONGEST_NANOS;

    private long carryingNanos;

    /** Whether it was said that others are not told; the announcing thread's alone. */
    private boolean warned;

    @Nullable
    private Thread thread;

    @Nullable
    private Connection connection;

    /** Opens the connection, which the announcer closes. */
    @FunctionalInterface
    interface Opener {
        Connection open(Duration silence) throws SQLException;
    }

    Announcer(Opener opener, String channel, String sender, String shown) {
        this.opener = opener;
        this.channel = channel;
        this.sender = sender;
        this.shown = shown;
    }

    void announce(EnumSet<Signal> signals) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            waiting.addAll(signals);
            something.signal();
            if (thread == null) {
                thread = new Thread(this::work, "millrace-postgres-notify");
                thread.setDaemon(true);
                thread.start();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * What a lone enqueue may tell by a NOTIFY of its own, in its own transaction: then nobody waits for this thread and its
     * round trip. While such a transaction commits, others that notify wait for it, so there are few of them.
     *
     * @return the text; null when this is not to be done now
     */
    @Nullable
    String carried(EnumSet<Signal> signals) {
        lock.lock();
        try {
            long now = System.nanoTime();
            long apart = Math.min(LONGEST_NANOS, Math.max(APART_NANOS, PARTS * carryingNanos));
            if (closed || !waiting.isEmpty() || now - lastNanos < apart) {
                return null;
            }
            lastNanos = now;
            return text(signals);
        } finally {
            lock.unlock();
        }
    }

    /** A transaction that carried an announcement took so long. */
    void carriedIn(long nanos) {
        lock.lock();
        try {
            carryingNanos += (nanos - carryingNanos) / 4;
        } finally {
            lock.unlock();
        }
    }

    private String text(EnumSet<Signal> signals) {
        StringBuilder text = new StringBuilder(sender);
        signals.forEach(signal -> text.append(' ').append(signal.name()));
        return text.toString();
    }

    private void work() {
        long pause = 0;
        try {
            for (EnumSet<Signal> next = next(pause); !next.isEmpty(); next = next(pause)) {
                pause = tell(next) ? APART_NANOS : RETRY_NANOS;
            }
        } catch (InterruptedException e) {
            LOG.warn(
                    "telling other processes of PostgreSQL store {} was interrupted; they find work by heartbeat",
                    shown);
        } finally {
            drop();
            ended();
        }
    }

    /** Whatever ended the thread: the next to announce something begins another. */
    private void ended() {
        lock.lock();
        try {
            thread = null;
        } finally {
            lock.unlock();
        }
    }

    /** What there is to tell, once this long has passed; nothing when the store was closed. */
    private EnumSet<Signal> next(long pause) throws InterruptedException {
        long until = System.nanoTime() + pause;
        lock.lock();
        try {
            for (long left = pause; left > 0 && !closed; left = until - System.nanoTime()) {
                something.awaitNanos(left);
            }
            while (waiting.isEmpty() && !closed) {
                something.await();
            }
            EnumSet<Signal> next = EnumSet.copyOf(waiting);
            waiting.clear();
            lastNanos = System.nanoTime();
            return next;
        } finally {
            lock.unlock();
        }
    }

    private boolean tell(EnumSet<Signal> signals) {
        String text = text(signals);
        try {
            Connection open = connection;
            if (open == null || open.isClosed()) {
                open = opener.open(SILENCE);
                connection = open;
            }
            // it writes nothing that has to last, so nobody waits for the disk
            try (PreparedStatement notify =
                    open.prepareStatement("SELECT pg_notify(?, ?), set_config('synchronous_commit', 'off', true)")) {
                notify.setString(1, channel);
                notify.setString(2, text);
                notify.execute();
            }
            if (warned) {
                LOG.info("PostgreSQL store {}: other processes are told of work again", shown);
                warned = false;
            }
            return true;
        } catch (SQLException | RuntimeException | Error e) {
            // whatever it was: without this thread nobody would be told any more
            if (!warned) {
                LOG.warn(
                        "PostgreSQL store {}: other processes are not told of work for now; they find it by heartbeat: {}",
                        shown,
                        e.toString());
                warned = true;
            }
            drop();
            return false;
        }
    }

    private void drop() {
        Connection old = connection;
        connection = null;
        try {
            if (old != null) {
                old.close();
            }
        } catch (SQLException e) {
            LOG.debug("a connection was broken before it was closed", e);
        }
    }

    /** Tells what waits, and ends. */
    @Override
    public void close() {
        Thread worker;
        lock.lock();
        try {
            closed = true;
            something.signal();
            worker = thread;
        } finally {
            lock.unlock();
        }
        if (worker != null) {
            try {
                worker.join(SILENCE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
