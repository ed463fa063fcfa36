package dev.millrace;

import dev.millrace.internal.worker.QueueSettings;
import dev.millrace.spi.Store;

/** A queue, to be operated. */
public final class QueueHandle {
    private final Store store;
    private final String name;

    QueueHandle(Store store, String name) {
        this.store = store;
        this.name = name;
    }

    public String name() {
        return name;
    }

    /**
     * Claims nothing more from this queue: its jobs stay READY, running ones go on, new ones may be enqueued. Lasts until
     * {@link #resume}, also across restarts. Takes effect within a heartbeat (5 s) on every worker, and mostly at once.
     */
    public void pause() {
        QueueSettings.pause(store, name);
    }

    /** Takes {@link #pause} back. */
    public void resume() {
        QueueSettings.resume(store, name);
    }

    /** Whether it is paused. */
    public boolean paused() {
        return QueueSettings.paused(store).contains(name);
    }

    @Override
    public String toString() {
        return "queue " + name;
    }
}
