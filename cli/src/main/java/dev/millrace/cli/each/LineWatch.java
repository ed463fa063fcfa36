package dev.millrace.cli.each;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks the store what became of lines: of those that ended here at once, since only the store's word counts; of the others
 * now and then, since a job may also end elsewhere (in a second process on the same run, or cancelled by hand). A thread of
 * its own.
 */
final class LineWatch implements AutoCloseable {
    private static final int MOST_AT_ONCE = 500;
    private static final long PAUSE_NANOS = 10_000_000;
    private static final Duration SOONEST = Duration.ofSeconds(1);
    private static final Duration LATEST = Duration.ofSeconds(10);

    private final LineHandler.Places places;
    private final LineLedger ledger;
    private final Progress progress;
    private final Thread thread = new Thread(this::run, "millrace-each-watch");
    private volatile boolean ended;
    private Duration rest = SOONEST;
    private long lookedNanos = System.nanoTime();

    LineWatch(LineHandler.Places places, LineLedger ledger, Progress progress) {
        this.places = places;
        this.ledger = ledger;
        this.progress = progress;
        thread.setDaemon(true);
    }

    LineWatch start() {
        thread.start();
        return this;
    }

    private void run() {
        try {
            while (!ended) {
                confirm();
                lookAtAll();
                progress.show(places.tally().count());
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (InterruptedException | IOException e) {
            places.halt().fail(e);
        } catch (RuntimeException e) {
            if (!ended) { // else whoever ended it asks once more
                places.halt().fail(e);
            }
        }
    }

    /** Asks for those that ended here. */
    private void confirm() throws IOException, InterruptedException {
        List<Line> asked = places.window().takeEnded(MOST_AT_ONCE);
        if (!asked.isEmpty()) {
            ledger.look(asked).forEach(places.window()::ended);
        }
    }

    private void lookAtAll() throws IOException, InterruptedException {
        if (System.nanoTime() - lookedNanos < rest.toNanos()) {
            return;
        }
        ledger.look(places.window().pending());
        lookedNanos = System.nanoTime();
        rest = rest.multipliedBy(2).compareTo(LATEST) > 0 ? LATEST : rest.multipliedBy(2);
    }

    /** Ends the thread, and asks for all lines a last time. */
    void finish() throws IOException, InterruptedException {
        close();
        ledger.look(new ArrayList<>(places.window().pending()));
    }

    /** Ends the thread; if lines are left, the run must have been told to break off. */
    @Override
    public void close() {
        ended = true;
        // Never by an interrupt, which would break off a call of the store. One that waits for the store goes by the
        // halt.
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
