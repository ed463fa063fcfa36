package dev.millrace.internal.worker;

import dev.millrace.spi.Store;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** That the store knows of the worker: a session, opened with the first beat, kept by heart and upkeep, closed at the end. */
final class Attendance {
    private static final Logger LOG = LoggerFactory.getLogger(Attendance.class);

    private final Store store;
    private final Tenure tenure;
    private final Heart heart;
    private final Upkeep upkeep;
    private final Bookkeeper bookkeeper;
    private final String worker;
    private boolean begun;
    private boolean over;

    /** @param worker its name */
    Attendance(Store store, Tenure tenure, Heart heart, Upkeep upkeep, Bookkeeper bookkeeper, String worker) {
        this.store = store;
        this.tenure = tenure;
        this.heart = heart;
        this.upkeep = upkeep;
        this.bookkeeper = bookkeeper;
        this.worker = worker;
    }

    /**
     * Opens the session, if that has not been done.
     *
     * @throws IllegalStateException when it is over
     * @throws RuntimeException what the store throws: nothing has begun, and it can be tried again
     */
    synchronized void ensure() {
        if (over) {
            throw new IllegalStateException(worker + " has stopped: build a new worker");
        }
        if (!begun) {
            heart.start();
            upkeep.start();
            begun = true;
        }
    }

    /** Something may have been asked of the worker, or a schedule changed. */
    void look() {
        heart.peek();
        upkeep.lookSoon();
    }

    /**
     * Closes the session, for good; one that is being opened is waited for.
     *
     * @throws RuntimeException what the store throws: the session stays open until its lease is over
     */
    synchronized void end() throws InterruptedException {
        over = true;
        heart.end();
        upkeep.end();
        if (begun) {
            heart.join();
            upkeep.join();
            store.closeSession(tenure.session());
            bookLast();
        }
    }

    private void bookLast() {
        try {
            bookkeeper.bookAll();
        } catch (RuntimeException e) {
            LOG.debug("{}: what it did last is missing in the totals of its queues: {}", worker, e.toString());
        }
    }
}
