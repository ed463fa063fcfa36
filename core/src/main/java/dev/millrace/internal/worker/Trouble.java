package dev.millrace.internal.worker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the log of an outage short: one line when it begins, one a minute while it lasts, one when it is over. */
final class Trouble {
    private static final Logger LOG = LoggerFactory.getLogger(Trouble.class);
    private static final long REMIND_NANOS = Duration.ofMinutes(1).toNanos();

    private final String worker;
    private volatile @Nullable String current;
    private long beganAt;
    private long saidAt;

    Trouble(String worker) {
        this.worker = worker;
    }

    synchronized void report(String what, Throwable error, String consequence) {
        long now = System.nanoTime();
        boolean begins = current == null;
        current = what + ": " + error.getMessage();
        if (begins) {
            beganAt = now;
        }
        if (begins || now - saidAt > REMIND_NANOS) {
            saidAt = now;
            LOG.warn("{}: trouble with {}: {}; {}", worker, what, error.toString(), consequence, begins ? error : null);
        }
    }

    void over() {
        if (current != null) {
            clear();
        }
    }

    private synchronized void clear() {
        if (current != null) {
            current = null;
            LOG.info(
                    "{}: the store answers again after {} ms; work goes on",
                    worker,
                    Duration.ofNanos(System.nanoTime() - beganAt).toMillis());
        }
    }

    /** What is wrong now; null when nothing is. */
    @Nullable
    String current() {
        return current;
    }
}
