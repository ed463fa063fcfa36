package dev.millrace.postgres;

import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Store.Subscription;
import dev.millrace.spi.Store.WakeListener;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to be woken. What this process commits is told to its own listeners at once, and to other processes by NOTIFY; what
 * others commit comes by LISTEN. Each uses a connection of its own, opened when first needed.
 */
final class Wakeups implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Wakeups.class);

    private final List<WakeListener> listeners = new CopyOnWriteArrayList<>();
    private final String channel;
    private final AtomicBoolean ends = new AtomicBoolean();
    private volatile Runnable controlled = () -> {};
    private final Announcer announcer;
    private final Ear ear;

    Wakeups(Links links, String schema, String shown) {
        String sender = UUID.randomUUID().toString();
        this.channel = channel(schema);
        this.announcer = new Announcer(links::listening, channel, sender, shown);
        this.ear = new Ear(links, channel, sender, shown, this::tell);
    }

    /** A channel's name has at most 63 bytes. */
    private static String channel(String schema) {
        String name = schema.length() <= 24 ? schema : schema.substring(0, 24).replaceAll("[^A-Za-z0-9_]", "_");
        boolean plain = name.equals(schema) && name.matches("[A-Za-z0-9_]+");
        return "millrace_" + (plain ? name : Integer.toHexString(schema.hashCode()));
    }

    /** Runs this whenever settings or commands may have changed. It is quick, and does not fail. */
    void whenControlled(Runnable action) {
        controlled = action;
    }

    Subscription subscribe(WakeListener listener) {
        listeners.add(listener);
        ear.open();
        return new Subscription() {
            @Override
            public void attentive(boolean attentive) {
                // Listening costs nothing while nothing happens, so everyone is told everything.
            }

            @Override
            public void close() {
                listeners.remove(listener);
            }
        };
    }

    /** Tells of what this process has committed. */
    void ring(EnumSet<Signal> signals) {
        if (!signals.isEmpty()) {
            tell(signals);
            announcer.announce(signals);
        }
    }

    /** What a lone enqueue may announce in its own transaction, on {@link #channel}; null when this is not to be done now. */
    @Nullable
    String carried() {
        return announcer.carried(EnumSet.of(Signal.READY));
    }

    /** The transaction of such an enqueue has taken so long, and is committed: others know, this process is told. */
    void carriedIn(long nanos) {
        announcer.carriedIn(nanos);
        tell(EnumSet.of(Signal.READY));
    }

    String channel() {
        return channel;
    }

    /**
     * Has the server tell of jobs when the caller's transaction is committed: everyone, this process as well, so it is not told as
     * one of its own.
     */
    void announceWithCommit(Sql sql) throws SQLException {
        sql.rows("SELECT pg_notify(?, ?)", row -> true, channel, "transaction " + Signal.READY.name());
    }

    /** Whether jobs have ended since this was last asked. */
    boolean takeEnds() {
        return ends.getAndSet(false);
    }

    private void tell(EnumSet<Signal> signals) {
        if (signals.contains(Signal.FINISHED)) {
            ends.set(true);
        }
        if (signals.contains(Signal.CONTROL)) {
            controlled.run();
        }
        for (WakeListener listener : listeners) {
            try {
                listener.wake(EnumSet.copyOf(signals));
            } catch (RuntimeException | Error e) {
                LOG.warn("a listener for wake-ups failed; the others are told all the same", e);
            }
        }
    }

    @Override
    public void close() {
        ear.close();
        announcer.close();
    }
}
