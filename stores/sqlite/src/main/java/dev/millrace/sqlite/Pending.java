package dev.millrace.sqlite;

import dev.millrace.StoreException;
import dev.millrace.spi.StoreUnavailableException;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A change that waits for the writer, and the caller that waits for the change. */
final class Pending<T extends @Nullable Object> {
    private final Tx.@Nullable Change<T> change;
    private final Thread caller = Thread.currentThread();
    private @Nullable T answer;
    private @Nullable Throwable error;
    private volatile boolean ended;
    /** Whether it is to be run outside of a transaction. */
    boolean alone;

    Pending(Tx.@Nullable Change<T> change) {
        this.change = change;
    }

    /** Nothing to do: makes the writer look up. */
    static Pending<@Nullable Void> nudge() {
        return new Pending<>(null);
    }

    boolean isNudge() {
        return change == null;
    }

    void make(Tx tx, long now) throws SQLException {
        if (change != null) {
            tx.begin(now);
            answer = change.make(tx);
            tx.outbox.work();
        }
    }

    void runAlone(Tx tx, long now, SqliteErrors errors) {
        try {
            make(tx, now);
            done();
        } catch (SQLException e) {
            fail(errors.of(e));
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    void done() {
        ended = true;
        LockSupport.unpark(caller);
    }

    void fail(Throwable cause) {
        if (!ended) {
            error = cause;
            done();
        }
    }

    /** Waits for the end, through interrupts: what was handed in cannot be taken back. */
    @SuppressWarnings(
            "NullAway") // a change that ended without an error has its answer, which may be null if T allows it
    T await() {
        boolean interrupted = false;
        while (!ended) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            caller.interrupt();
        }
        if (error instanceof StoreException known) {
            // One failure may end many callers' changes: each gets an exception with its own stack.
            throw copy(known);
        }
        if (error instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (error instanceof Error serious) {
            throw serious;
        }
        return answer;
    }

    private static StoreException copy(StoreException known) {
        String message = String.valueOf(known.getMessage());
        return known instanceof StoreUnavailableException
                ? new StoreUnavailableException(message, known)
                : new StoreException(message, known);
    }
}
