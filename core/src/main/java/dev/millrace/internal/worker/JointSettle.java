package dev.millrace.internal.worker;

import dev.millrace.JobInterrupted;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Transactions;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * A run's settle within a transaction of its handler: given once at most. From the moment it is asked for, only the store can say
 * how the run ended, since the commit is the handler's.
 */
final class JointSettle {
    private final Run run;
    /** Whether something of it may be in a transaction, which is open or has ended in either way. */
    private volatile boolean asked;
    /** Whether the transaction in which it was refused may have the job locked. */
    private volatile boolean locks;
    /** Whether the store has taken it; guarded by this. */
    private boolean given;

    JointSettle(Run run) {
        this.run = run;
    }

    /** Whether only the store can say how the run ended. */
    boolean asked() {
        return asked;
    }

    /** Whether a transaction of the handler may hold the job, so that whoever tells the store of the run would wait for it. */
    boolean holds() {
        return asked || locks;
    }

    /** Its transaction was not committed: the run ends as its handler did. */
    void undone() {
        asked = false;
        locks = false;
    }

    /** Writes the run's success into the transaction. */
    synchronized void succeed(Transactions transactions, Connection connection, byte @Nullable [] result) {
        if (given) {
            throw new IllegalStateException(run + " was settled by an earlier call of succeedIn; this one has written"
                    + " nothing. Call it once, as the last thing before the commit; if that was rolled back, throw, and the job is"
                    + " tried again");
        }
        Transactions.Joined joined = transactions.join(connection);
        boolean before = asked;
        // Before the look at the run's end: whoever ends it meanwhile sees this, or is seen here.
        asked = true;
        try {
            refuseStopped();
        } catch (RuntimeException e) {
            asked = before;
            throw e;
        }
        Settlement settlement = new Settlement(run.ref(), new Outcome.Succeeded(result), run.ran(), run.report());
        switch (joined.succeed(settlement)) {
            case SETTLED -> given = true;
            case CANCELLED -> {
                locks = true;
                refused(before, JobInterrupted.Reason.CANCELLED);
            }
            case STALE -> refused(before, JobInterrupted.Reason.SESSION_LOST);
        }
    }

    /** A run that is asked to stop may still succeed only if it is its worker that stops. */
    private void refuseStopped() {
        if (run.outcome() != null) {
            throw new IllegalStateException(
                    run + " has ended, so succeedIn has written nothing. Call it before the handler returns");
        }
        JobInterrupted.Reason stop = run.stopReason();
        if (stop != null && stop != JobInterrupted.Reason.STOPPING) {
            throw new JobInterrupted(run.id(), stop);
        }
    }

    private void refused(boolean before, JobInterrupted.Reason reason) {
        asked = before;
        run.ask(reason);
        throw new JobInterrupted(run.id(), reason);
    }
}
