package dev.millrace.sqlite;

import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Store.Subscription;
import dev.millrace.spi.Store.WakeListener;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who wants to be woken, and whether anyone is attentive: the writer looks for other processes' commits only then. */
final class Wakeups {
    private static final Logger LOG = LoggerFactory.getLogger(Wakeups.class);

    private final List<Listening> listening = new CopyOnWriteArrayList<>();
    private volatile boolean attentive;
    private volatile Runnable onAttention = () -> {};

    /** What to run when the first listener becomes attentive. */
    void onAttention(Runnable action) {
        onAttention = action;
    }

    Subscription subscribe(WakeListener listener) {
        Listening mine = new Listening(listener);
        listening.add(mine);
        return mine;
    }

    boolean attentive() {
        return attentive;
    }

    /** Tells every listener; called on the writer's thread. */
    void ring(EnumSet<Signal> signals) {
        if (signals.isEmpty()) {
            return;
        }
        for (Listening each : listening) {
            try {
                each.listener.wake(EnumSet.copyOf(signals));
            } catch (RuntimeException e) {
                LOG.warn("a listener for wake-ups failed; the others are told all the same", e);
            }
        }
    }

    private synchronized void update() {
        boolean before = attentive;
        attentive = listening.stream().anyMatch(each -> each.attentive);
        if (attentive && !before) {
            onAttention.run();
        }
    }

    private final class Listening implements Subscription {
        private final WakeListener listener;
        private volatile boolean attentive;

        Listening(WakeListener listener) {
            this.listener = listener;
        }

        @Override
        public void attentive(boolean value) {
            if (attentive != value) {
                attentive = value;
                update();
            }
        }

        @Override
        public void close() {
            listening.remove(this);
            update();
        }
    }
}
