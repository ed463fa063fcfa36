package dev.millrace.nats;

import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Store.Subscription;
import dev.millrace.spi.Store.WakeListener;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Wake-ups: the leader tells all instances what may have happened, at most every few milliseconds; no one keeps it. */
final class Bell {
    private static final Logger LOG = LoggerFactory.getLogger(Bell.class);
    private static final long PAUSE_NANOS = 1_000_000;
    private static final Signal[] SIGNALS = Signal.values();

    private final Link link;
    private final Crew crew;
    private final List<Listening> listening = new CopyOnWriteArrayList<>();
    private final EnumSet<Signal> pending = EnumSet.noneOf(Signal.class);
    private boolean scheduled;
    private long rungAt = System.nanoTime() - PAUSE_NANOS;
    private final AtomicBoolean hearing = new AtomicBoolean();

    Bell(Link link, Crew crew) {
        this.link = link;
        this.crew = crew;
        link.line().onRenewal(this::renew);
    }

    Subscription subscribe(WakeListener listener) {
        Listening mine = new Listening(listener);
        listening.add(mine);
        if (hearing.compareAndSet(false, true)) {
            begin();
        }
        return mine;
    }

    /** There is another connection. */
    private void renew() {
        if (hearing.get()) {
            begin();
        }
    }

    private void begin() {
        Dispatcher dispatcher = link.connection().createDispatcher(this::hear);
        dispatcher.subscribe(link.subjects().wake());
        if (link.connected()) {
            flush();
        }
    }

    /** Waits until the server knows of the subscription, so that the next wake-up comes. */
    private void flush() {
        try {
            link.connection().flush(link.settings().timeout());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | IllegalStateException e) {
            LOG.debug("wake-ups may begin late", e);
        }
    }

    /** Tells everyone, soon. */
    synchronized void ring(EnumSet<Signal> signals) {
        if (signals.isEmpty()) {
            return;
        }
        pending.addAll(signals);
        if (scheduled) {
            return;
        }
        long rest = rungAt + PAUSE_NANOS - System.nanoTime();
        if (rest <= 0) {
            tell();
        } else {
            scheduled = true;
            crew.later(this::late, Duration.ofNanos(rest));
        }
    }

    private synchronized void late() {
        scheduled = false;
        tell();
    }

    @SuppressWarnings("EnumOrdinal") // signals are only ever added behind the others
    private void tell() {
        int bits = 0;
        for (Signal signal : pending) {
            bits |= 1 << signal.ordinal();
        }
        pending.clear();
        rungAt = System.nanoTime();
        try {
            link.connection().publish(link.subjects().wake(), new byte[] {(byte) bits});
        } catch (RuntimeException e) {
            LOG.debug("a wake-up was lost: workers look again with their next heartbeat", e);
        }
    }

    @SuppressWarnings("EnumOrdinal") // as above
    private void hear(Message message) {
        byte[] bits = message.getData();
        if (bits.length == 0) {
            return;
        }
        EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
        for (Signal signal : SIGNALS) {
            if ((bits[0] & 1 << signal.ordinal()) != 0) {
                signals.add(signal);
            }
        }
        if (!signals.isEmpty()) {
            listening.forEach(each -> each.wake(signals));
        }
    }

    private final class Listening implements Subscription {
        private final WakeListener listener;

        Listening(WakeListener listener) {
            this.listener = listener;
        }

        void wake(EnumSet<Signal> signals) {
            try {
                listener.wake(EnumSet.copyOf(signals));
            } catch (RuntimeException e) {
                LOG.warn("a listener for wake-ups failed; the others are told all the same", e);
            }
        }

        @Override
        public void attentive(boolean attentive) {
            // A wake-up is one small message: everyone is told everything.
        }

        @Override
        public void close() {
            listening.remove(this);
        }
    }
}
