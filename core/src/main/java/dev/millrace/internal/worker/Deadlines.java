package dev.millrace.internal.worker;

import dev.millrace.internal.Nanos;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Does something at a later time, such as when a handler's time is up. Its thread begins with the first of it. */
final class Deadlines {
    /** The thread's. */
    private final String name;

    private @Nullable ScheduledThreadPoolExecutor timer;

    Deadlines(String name) {
        this.name = name;
    }

    /** Runs the action after the delay, unless the returned future is cancelled first. */
    synchronized Future<?> after(Duration delay, Runnable action) {
        ScheduledThreadPoolExecutor present = timer;
        if (present == null) {
            present = new ScheduledThreadPoolExecutor(1, task -> {
                Thread thread = new Thread(task, name);
                thread.setDaemon(true);
                return thread;
            });
            present.setRemoveOnCancelPolicy(true);
            timer = present;
        }
        return present.schedule(action, Nanos.of(delay), TimeUnit.NANOSECONDS);
    }

    synchronized void close() {
        if (timer != null) {
            timer.shutdownNow();
        }
    }
}
