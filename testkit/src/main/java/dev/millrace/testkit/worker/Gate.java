package dev.millrace.testkit.worker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Where handlers wait until the test lets them go on. */
final class Gate {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Semaphore arrivals = new Semaphore(0);
    private final CountDownLatch open = new CountDownLatch(1);

    /** A handler comes to the gate, and waits until it is open. */
    void pass() throws InterruptedException {
        arrivals.release();
        if (!open.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("the test did not open its gate within " + PATIENCE);
        }
    }

    /** As {@link #pass}, whoever interrupts. */
    void passStubbornly() {
        boolean waits = true;
        while (waits) {
            try {
                pass();
                waits = false;
            } catch (InterruptedException e) {
                // being stubborn is the point
            }
        }
    }

    /** Waits until so many more handlers have come to the gate. */
    void awaitArrivals(int count) {
        try {
            if (!arrivals.tryAcquire(count, WorkerPart.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("no " + count + " handlers came to the gate, but "
                        + arrivals.availablePermits() + ", within " + WorkerPart.PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for handlers", e);
        }
    }

    /** Lets all go on that are there and will come. */
    void open() {
        open.countDown();
    }
}
