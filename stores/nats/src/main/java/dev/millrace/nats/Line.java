package dev.millrace.nats;

import dev.millrace.spi.StoreUnavailableException;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection. The client connects again by itself when it was cut; where the client ends it for good (a server that refuses
 * the login twice), a new one is opened as soon as one can be, and all who subscribed to the old one are told.
 */
final class Line implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Line.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration FLUSH = Duration.ofSeconds(1);

    private final Settings settings;
    private final Options options;
    private final CopyOnWriteArrayList<Runnable> onLoss = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Runnable> onReturn = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Runnable> onRenewal = new CopyOnWriteArrayList<>();
    private final AtomicBoolean renewing = new AtomicBoolean();
    private volatile @Nullable Connection connection;
    private volatile boolean closed;
    private volatile boolean givenUp;

    private Line(Settings settings) {
        this.settings = settings;
        options = Connecting.options(settings, this::hear);
    }

    static Line open(Settings settings) {
        Line line = new Line(settings);
        try {
            line.connection = Nats.connect(line.options);
            return line;
        } catch (IOException e) {
            throw NatsErrors.notConnected(settings, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailableException(
                    "interrupted while connecting to " + settings.shown() + ": nothing was done", e);
        }
    }

    Connection connection() {
        return Objects.requireNonNull(connection);
    }

    boolean connected() {
        return !closed && connection().getStatus() == Connection.Status.CONNECTED;
    }

    /** Whether the connection has ended, and the address says not to try for ever. */
    boolean givenUp() {
        return givenUp;
    }

    /** What to do when the connection is lost; called on a thread of the client's. */
    void onLoss(Runnable action) {
        onLoss.add(action);
    }

    /** What to do when the client has connected again; called on a thread of the client's. */
    void onReturn(Runnable action) {
        onReturn.add(action);
    }

    /** What to do when there is a new connection, which nothing is subscribed to yet. */
    void onRenewal(Runnable action) {
        onRenewal.add(action);
    }

    private void hear(Connecting.Event event) {
        switch (event) {
            case LOST -> onLoss.forEach(Runnable::run);
            case BACK -> onReturn.forEach(Runnable::run);
            case ENDED -> ended();
        }
    }

    private void ended() {
        // Without a connection so far, or while a new one is tried, whoever tries it is told.
        if (closed || connection == null || renewing.getAndSet(true)) {
            return;
        }
        onLoss.forEach(Runnable::run);
        if (settings.reconnect().attempts() >= 0) {
            givenUp = true;
            LOG.error(
                    "the connection to {} has ended after reconnect.attempts={}: open the store anew",
                    settings.shown(),
                    settings.reconnect().attempts());
            return;
        }
        LOG.error(
                "the connection to {} has ended: the server refuses the login. A new one is tried until it is let in; calls"
                        + " fail meanwhile",
                settings.shown());
        Thread thread = new Thread(this::renew, "millrace-nats-connect-" + settings.stream());
        thread.setDaemon(true);
        thread.start();
    }

    private void renew() {
        long pause = Math.max(50, settings.reconnect().pause().toMillis());
        try {
            while (!closed) {
                Connection next = tried();
                if (next != null) {
                    connection = next;
                    renewing.set(false);
                    if (closed) {
                        next.close();
                        return;
                    }
                    LOG.info("connected to {} again", settings.shown());
                    onRenewal.forEach(Runnable::run);
                    if (next.getStatus() == Connection.Status.CLOSED) {
                        ended();
                    }
                    return;
                }
                Thread.sleep(pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable Connection tried() throws InterruptedException {
        try {
            return Nats.connect(options);
        } catch (IOException e) {
            LOG.debug("{} cannot be connected to", settings.shown(), e);
            return null;
        }
    }

    @Override
    public void close() {
        closed = true;
        Connection present = connection();
        try {
            if (present.getStatus() == Connection.Status.CONNECTED) {
                present.flush(FLUSH);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | IllegalStateException e) {
            LOG.debug("the last answers may not have been sent", e);
        }
        try {
            present.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
