package dev.millrace;

import dev.millrace.spi.NewJob;
import dev.millrace.spi.Transactions;
import java.util.List;

/**
 * A transaction of the application, as a place to enqueue to: made by {@link Millrace#inTransaction}. What is enqueued here exists
 * from the commit on, or never, together with whatever else the transaction writes.
 *
 * <p>It may be used as often as is handy, by the thread that uses the connection, and needs no closing. Each call looks whether the
 * connection is open and in a transaction. A handle that is given out here knows nothing of the commit: until then its job does not
 * exist, and after a roll-back it never does. {@link JobListener}s are not told of these enqueues, of the jobs' runs they are.
 *
 * <p>After an exception other than {@link IllegalArgumentException} and {@link SerializationException} roll the transaction back:
 * PostgreSQL lets nothing more be done in it.
 */
public final class Transaction {
    private final Requests requests;
    private final Transactions.Joined joined;

    Transaction(Requests requests, Transactions.Joined joined) {
        this.requests = requests;
        this.joined = joined;
    }

    /** As {@link #enqueue(JobRequest)}, without options. */
    public <P, R> JobHandle<R> enqueue(JobType<P, R> type, P payload) {
        return enqueue(type.with(payload));
    }

    /**
     * Stores a job with options in the transaction. A unique key is held from now on: another transaction that wants it waits
     * for the end of this one.
     *
     * @return the job's handle; when its unique key is held by an unfinished job, or its id is known, that job's handle, with
     *     {@link Enqueued#DUPLICATE}
     * @throws SerializationException when the payload cannot be written; nothing was stored
     * @throws IllegalArgumentException when the payload is too large, or the connection is closed or in auto-commit mode by now;
     *     nothing was stored
     * @throws StoreException when it could not be stored, or the transaction had failed before
     */
    public <R> JobHandle<R> enqueue(JobRequest<R> request) {
        NewJob job = requests.prepare(request);
        return requests.handle(request.type(), joined.enqueue(List.of(job)).get(0));
    }

    /**
     * Stores jobs in the transaction, all or none. All are checked before any is stored.
     *
     * @return their handles, in the same order
     * @throws IllegalArgumentException as {@link #enqueue(JobRequest)} does, or when one cannot be stored: says which
     * @throws StoreException when they could not be stored, or the transaction had failed before
     */
    public <R> List<JobHandle<R>> enqueueAll(List<? extends JobRequest<? extends R>> all) {
        List<NewJob> jobs = requests.prepareAll(all);
        return requests.handles(all, jobs.isEmpty() ? List.of() : joined.enqueue(jobs));
    }
}
