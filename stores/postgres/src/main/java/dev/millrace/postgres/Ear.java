package dev.millrace.postgres;

import dev.millrace.spi.Store.Signal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what other processes tell, by LISTEN on a connection of its own, which it opens again whenever it is lost. Each time it
 * is open it tells everything, since something may have been missed before.
 */
final class Ear implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ear.class);
    /** How long it hears nothing before it asks whether the server is still there. */
    private static final Duration QUIET = Duration.ofSeconds(10);

    private static final long RETRY_MILLIS = 1_000;

    private final Links links;
    private final String channel;
    private final String self;
    private final String shown;
    private final Consumer<EnumSet<Signal>> told;
    private final CountDownLatch closed = new CountDownLatch(1);

    @Nullable
    private Thread thread;

    @Nullable
    private volatile Connection connection;

    Ear(Links links, String channel, String self, String shown, Consumer<EnumSet<Signal>> told) {
        this.links = links;
        this.channel = channel;
        this.self = self;
        this.shown = shown;
        this.told = told;
    }

    /** Begins to listen, if it does not yet. */
    synchronized void open() {
        if (thread == null && closed.getCount() > 0) {
            thread = new Thread(this::work, "millrace-postgres-listen");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void work() {
        boolean warned = false;
        try {
            do {
                try (Connection open = links.listening(QUIET)) {
                    connection = open;
                    if (behindPooler(open)) {
                        deaf();
                        return;
                    }
                    if (warned) {
                        LOG.info("PostgreSQL store {}: wake-ups come again", shown);
                        warned = false;
                    }
                    listen(open);
                } catch (SQLException | RuntimeException | Error e) {
                    // whatever it was: without this thread nobody would be woken any more
                    if (!warned && closed.getCount() > 0) {
                        LOG.warn(
                                "PostgreSQL store {}: wake-ups do not come for now; work is found by heartbeat: {}",
                                shown,
                                e.toString());
                        warned = true;
                    }
                }
            } while (!closed.await(RETRY_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            LOG.warn("listening to PostgreSQL store {} was interrupted; work is found by heartbeat", shown);
        }
    }

    /** What a pooler's connection listens to is told to whoever has that connection by then. */
    private void deaf() {
        LOG.warn(
                "PostgreSQL store {} is reached by way of a pooler, through which wake-ups do not come: work of other"
                        + " processes is found by heartbeat. Give listen.url in the address, which goes to the server"
                        + " directly",
                shown);
        told.accept(EnumSet.allOf(Signal.class));
    }

    private void listen(Connection open) throws SQLException {
        try (Statement statement = open.createStatement()) {
            statement.execute("LISTEN " + Sql.Names.quoted(channel));
        }
        told.accept(EnumSet.allOf(Signal.class));
        PGConnection own = open.unwrap(PGConnection.class);
        while (closed.getCount() > 0) {
            PGNotification[] heard = own.getNotifications((int) QUIET.toMillis());
            if (heard == null || heard.length == 0) {
                try (Statement statement = open.createStatement()) {
                    statement.execute("SELECT 1");
                }
                continue;
            }
            EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
            for (PGNotification each : heard) {
                if (!each.getParameter().startsWith(self)) {
                    signals.addAll(read(each.getParameter()));
                }
            }
            if (!signals.isEmpty()) {
                told.accept(signals);
            }
        }
    }

    /** Whether who took the connection is not the server's process that answers. */
    static boolean behindPooler(Connection open) throws SQLException {
        try (Statement statement = open.createStatement();
                ResultSet rows = statement.executeQuery("SELECT pg_backend_pid()")) {
            return rows.next()
                    && rows.getInt(1) != open.unwrap(PGConnection.class).getBackendPID();
        }
    }

    /** Anyone may NOTIFY: words that are not known mean anything. */
    private static EnumSet<Signal> read(String text) {
        EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
        for (Signal signal : Signal.values()) {
            if (text.contains(" " + signal.name())) {
                signals.add(signal);
            }
        }
        return signals.isEmpty() ? EnumSet.allOf(Signal.class) : signals;
    }

    @Override
    public void close() {
        closed.countDown();
        Connection open = connection;
        try {
            if (open != null) {
                open.abort(Runnable::run);
            }
        } catch (SQLException e) {
            LOG.debug("a connection was broken before it was closed", e);
        }
    }
}
