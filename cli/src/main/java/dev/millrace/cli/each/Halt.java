package dev.millrace.cli.each;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Whether the run is to break off: because the process was told to end, or because it cannot go on. */
final class Halt {
    private final CountDownLatch requested = new CountDownLatch(1);
    private final AtomicReference<@Nullable Exception> cause = new AtomicReference<>();

    /** The process is to end. */
    synchronized void request() {
        requested.countDown();
    }

    /** The run cannot go on. The first reason counts; what goes wrong once the process is to end does not. */
    synchronized void fail(Exception reason) {
        if (!requested()) {
            cause.set(reason);
            requested.countDown();
        }
    }

    boolean requested() {
        return requested.getCount() == 0;
    }

    /** Why the run cannot go on; empty while it can, and when the process was told to end. */
    Optional<Exception> cause() {
        return Optional.ofNullable(cause.get());
    }

    /** Waits so long for a request. */
    boolean await(Duration most) throws InterruptedException {
        return requested.await(most.toNanos(), TimeUnit.NANOSECONDS);
    }
}
