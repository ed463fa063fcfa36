package dev.millrace.internal.memory;

import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Store.Subscription;
import dev.millrace.spi.Store.WakeListener;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Wakes listeners on the thread whose call changed something. */
final class Bell {
    private final List<WakeListener> listeners = new CopyOnWriteArrayList<>();

    Subscription subscribe(WakeListener listener) {
        listeners.add(listener);
        return new Subscription() {
            @Override
            public void attentive(boolean attentive) {
                // A wake-up costs next to nothing here, so everyone is told everything.
            }

            @Override
            public void close() {
                listeners.remove(listener);
            }
        };
    }

    void ring(EnumSet<Signal> signals) {
        if (!signals.isEmpty()) {
            for (WakeListener listener : listeners) {
                listener.wake(EnumSet.copyOf(signals));
            }
        }
    }
}
