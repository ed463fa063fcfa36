package dev.millrace.internal.stats;

import dev.millrace.Stats.Work;
import dev.millrace.spi.RunEnd;

/** How many runs ended how, how long they took, and how long their jobs had waited. Can be added up. Not thread-safe. */
public final class Tally {
    private final Times runs = new Times();
    private final Times waits = new Times();
    private long succeeded;
    private long failed;
    private long retried;

    public Tally() {}

    Tally(long succeeded, long failed, long retried, Times runs, Times waits) {
        this.succeeded = succeeded;
        this.failed = failed;
        this.retried = retried;
        this.runs.add(runs);
        this.waits.add(waits);
    }

    /** A run has ended. */
    public void ended(RunEnd end) {
        switch (end) {
            case SUCCEEDED -> succeeded++;
            case FAILED -> failed++;
            case RETRIED -> retried++;
            default -> {}
        }
    }

    /** Its handler had begun. */
    public void ran(long ranNanos, long waitedNanos) {
        runs.add(ranNanos);
        waits.add(waitedNanos);
    }

    /** Adds what another has. */
    public void add(Tally other) {
        succeeded += other.succeeded;
        failed += other.failed;
        retried += other.retried;
        runs.add(other.runs);
        waits.add(other.waits);
    }

    public boolean isEmpty() {
        return succeeded + failed + retried + runs.count() == 0;
    }

    public long succeeded() {
        return succeeded;
    }

    public long failed() {
        return failed;
    }

    public long retried() {
        return retried;
    }

    public Times runs() {
        return runs;
    }

    public Times waits() {
        return waits;
    }

    /** As users see it. */
    public Work work(double perSecond) {
        return new Work(succeeded, failed, retried, perSecond, runs.summary(), waits.summary());
    }
}
