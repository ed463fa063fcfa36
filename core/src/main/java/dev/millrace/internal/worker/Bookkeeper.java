package dev.millrace.internal.worker;

import dev.millrace.internal.stats.Tally;
import dev.millrace.internal.stats.Totals;
import dev.millrace.spi.Store;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Adds what a worker did to the totals in the store, every ten seconds at most and when the worker stops. */
final class Bookkeeper {
    private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();
    /** The most queues of one time: each costs two round trips. */
    private static final int MOST_QUEUES = 200;

    private final Store store;
    private final Meter meter;
    /** Guarded by this: what was taken and may not be in the store, because it could not be reached. */
    private final Map<String, Tally> owed = new HashMap<>();

    private long next = System.nanoTime() + EVERY_NANOS;

    Bookkeeper(Store store, Meter meter) {
        this.store = store;
        this.meter = meter;
    }

    /** Books if it is time to. */
    synchronized void bookWhenDue() {
        long now = System.nanoTime();
        if (now - next >= 0) {
            next = now + EVERY_NANOS;
            book(MOST_QUEUES);
        }
    }

    /** Books all there is. */
    synchronized void bookAll() {
        book(Integer.MAX_VALUE);
    }

    private void book(int most) {
        List<String> queues = meter.unbookedQueues();
        for (String queue : queues.subList(0, Math.min(most, queues.size()))) {
            owed.computeIfAbsent(queue, any -> new Tally()).add(meter.take(queue));
        }
        owed.entrySet().removeIf(entry -> Totals.add(store, entry.getKey(), entry.getValue()));
        meter.forgetIdle();
    }

    /** A copy of what is not in the store yet, by queue. */
    synchronized Map<String, Tally> unbooked() {
        Map<String, Tally> all = meter.unbooked();
        owed.forEach(
                (queue, tally) -> all.computeIfAbsent(queue, any -> new Tally()).add(tally));
        return all;
    }
}
