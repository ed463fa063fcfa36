package dev.millrace.redis;

import dev.millrace.StoreException;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Store.Subscription;
import dev.millrace.spi.Store.WakeListener;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wake-ups by PUBLISH, sent by the client whose call changed something: at once, and then at most once a millisecond with all
 * that has gathered. They are heard on a connection of its own, which is made for the first listener.
 */
final class Wakeups implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Wakeups.class);
    private static final long QUIET_NANOS = 1_000_000;
    private static final long RETRY_MILLIS = 5_000;
    private static final Signal[] SIGNALS = {Signal.READY, Signal.FINISHED, Signal.CONTROL};

    private final Server server;
    private final String channel;
    private final List<WakeListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicLong lastSent = new AtomicLong(System.nanoTime() - QUIET_NANOS);
    private @Nullable StatefulRedisPubSubConnection<String, byte[]> connection;
    private volatile boolean closed;

    Wakeups(Server server, Settings settings) {
        this.server = server;
        // Channels are shared by all databases of a server.
        this.channel = settings.prefix() + ":" + settings.database() + ":wake";
    }

    Subscription subscribe(WakeListener listener) {
        listeners.add(listener);
        connect();
        return new Subscription() {
            @Override
            public void attentive(boolean attentive) {
                // A message that no one waits for costs next to nothing, so everyone is told everything.
            }

            @Override
            public void close() {
                listeners.remove(listener);
            }
        };
    }

    /** Tells everyone, now or within a millisecond. */
    void ring(EnumSet<Signal> signals) {
        if (signals.isEmpty()) {
            return;
        }
        int before = pending.getAndUpdate(bits -> bits | bits(signals));
        long now = System.nanoTime();
        long last = lastSent.get();
        if (now - last >= QUIET_NANOS && lastSent.compareAndSet(last, now)) {
            send();
        } else if (before == 0) {
            server.link().later(this::send, 1);
        }
    }

    private void send() {
        int bits = pending.getAndSet(0);
        if (bits == 0) {
            return;
        }
        lastSent.set(System.nanoTime());
        // One that is not sent, or lost, costs no more than a heartbeat.
        byte[] message = {(byte) bits};
        server.tell(commands -> commands.publish(Pack.utf8(channel), message));
    }

    private synchronized void connect() {
        if (connection != null || closed) {
            return;
        }
        try {
            StatefulRedisPubSubConnection<String, byte[]> made = server.link().subscriber();
            connection = made;
            made.addListener(new Ear());
            subscribe(made);
        } catch (StoreException e) {
            warn(e);
            server.link().later(this::connect, RETRY_MILLIS);
        }
    }

    private void subscribe(StatefulRedisPubSubConnection<String, byte[]> made) {
        var unused = made.async().subscribe(channel).whenComplete((result, failure) -> {
            if (failure != null && !closed) {
                warn(server.errors().of(failure));
                server.link().later(() -> subscribe(made), RETRY_MILLIS);
            }
        });
    }

    private static void warn(StoreException e) {
        log.warn(
                "no wake-ups for now: new jobs are found by heartbeat, some seconds later than usual. Tried again in {} s: {}",
                RETRY_MILLIS / 1_000,
                e.getMessage());
    }

    private void tell(EnumSet<Signal> signals) {
        for (WakeListener listener : listeners) {
            try {
                listener.wake(EnumSet.copyOf(signals));
            } catch (RuntimeException e) {
                log.warn("a listener failed to hear of {}; it finds the change by its next look", signals, e);
            }
        }
    }

    @Override
    public void close() {
        StatefulRedisPubSubConnection<String, byte[]> last;
        synchronized (this) {
            closed = true;
            listeners.clear();
            last = connection;
            connection = null;
        }
        if (last != null) {
            last.close();
        }
    }

    private static int bits(EnumSet<Signal> signals) {
        int bits = 0;
        for (int i = 0; i < SIGNALS.length; i++) {
            bits |= signals.contains(SIGNALS[i]) ? 1 << i : 0;
        }
        return bits;
    }

    /** Hears messages; after each (new) subscription everything may have happened. */
    private final class Ear extends RedisPubSubAdapter<String, byte[]> {
        @Override
        public void message(String from, byte[] message) {
            EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
            for (int i = 0; i < SIGNALS.length; i++) {
                if (message.length > 0 && (message[0] & 1 << i) != 0) {
                    signals.add(SIGNALS[i]);
                }
            }
            if (!signals.isEmpty()) {
                tell(signals);
            }
        }

        @Override
        public void subscribed(String to, long count) {
            tell(EnumSet.allOf(Signal.class));
        }
    }
}
