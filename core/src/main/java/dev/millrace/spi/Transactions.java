package dev.millrace.spi;

import java.sql.Connection;

/**
 * Enqueue and settle within a transaction of the application. The one part of a store that only some engines have ({@link
 * Store#transactions}): those that keep jobs in a database which the application can write to as well.
 *
 * <p>The connection stays the application's. Nothing here closes it, ends its transaction or leaves a setting of it changed, and
 * nothing asks the pool or the framework that it came from.
 */
public interface Transactions {

    /**
     * Joins the transaction of a connection, once it is sure that the connection leads to this store's data.
     *
     * @throws IllegalArgumentException when the connection is closed, in auto-commit mode, or leads elsewhere; nothing was written
     * @throws dev.millrace.StoreException when the database does not answer, or the transaction has failed before
     */
    Joined join(Connection connection);

    /** What became of a run that {@link Joined#succeed} has settled, now that its handler is done. */
    Standing standing(RunRef run);

    /**
     * A transaction that was joined. To be used by the thread that uses the connection. What it writes is seen by nobody else
     * before the commit. Every call looks again whether the connection is open and in a transaction.
     *
     * <p>{@link #enqueue} is as everywhere. When it throws, the transaction may be of no use any more: it should be rolled back.
     */
    interface Joined extends Intake {

        /**
         * Settles a run as succeeded.
         *
         * @param settlement its outcome is {@link Outcome.Succeeded}
         */
        Ending succeed(Settlement settlement);
    }

    /** What a run's settle within a transaction came to. */
    enum Ending {
        /** Written. It counts once the transaction is committed. */
        SETTLED,
        /** The job's cancellation was asked for. Nothing was written, and the job may be locked until the transaction ends. */
        CANCELLED,
        /** The run does not own the job any more. Nothing was written, nor locked that others need for the job. */
        STALE
    }

    /** How a run that was settled within a transaction stands. */
    enum Standing {
        /** The transaction was committed: the run is on record as succeeded. */
        SETTLED,
        /** It was not, and never will be. */
        UNSETTLED,
        /** The transaction is still open, or something else holds the job for a moment: look again. */
        OPEN
    }
}
