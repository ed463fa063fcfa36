package dev.millrace;

import dev.millrace.internal.schedule.Tick;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The run of a job, as its handler sees it. Its methods may be called from any thread of the handler's making; once the
 * handler has returned, what it reports is dropped.
 */
public interface JobContext {

    /** The job's id. */
    UUID id();

    /** The job's kind. */
    String kind();

    /** The queue that the job came from. */
    String queue();

    /** The number of this attempt, from 1: failures so far, and this one. Hand-backs, snoozes and rescues do not count. */
    int attempt();

    /** How often the job was snoozed so far. */
    int snoozes();

    /**
     * The lease token of this run: a fencing token. It only grows from run to run of a job, so a system that keeps the
     * largest token it has seen per job, and refuses smaller ones, is safe from a run that was frozen and thought dead.
     */
    long token();

    /** The job's tags; immutable. */
    Set<String> tags();

    /** The job's metadata; immutable. */
    Map<String, String> meta();

    /** When the job was enqueued, by the store's clock. */
    Instant enqueuedAt();

    /**
     * The tick that made the job, which is when it should have run, whenever it does; empty for a job of no schedule, and for one
     * that was made by {@link ScheduleHandle#runNow}. It is kept in the job's metadata.
     */
    default Optional<Instant> scheduledFor() {
        return Tick.time(meta());
    }

    /**
     * Returns if the run should go on, and throws if it should stop. Let the exception pass: it says how the run ended. The
     * handler's thread is also interrupted, so code that blocks notices as well. Cheap: call it in every loop.
     *
     * @throws JobInterrupted when the job is cancelled, its time is up, its worker stops or the job may belong to another
     *     worker by now
     */
    void checkCancelled();

    /** Whether {@link #checkCancelled} would throw. Cheap. */
    boolean cancelled();

    /**
     * Says how far the work has come. Kept in memory and stored within a second or so, so it
     * may be called as often as is handy; the latest wins.
     *
     * @param done units done, not negative
     * @param total units in all; 0 when unknown
     * @param message what it is doing; may be empty
     * @throws IllegalArgumentException when a number is negative
     */
    void progress(long done, long total, String message);

    /** As {@link #progress(long, long, String)}, without a message. */
    default void progress(long done, long total) {
        progress(done, total, "");
    }

    /**
     * Adds a line to the job's log, which is stored with the worker's next heartbeat or the end of the run. The newest 64 KiB
     * per job are kept.
     *
     * @param format a format as of {@link String#format(String, Object...)}; without arguments, the text as it is. A format
     *     that does not fit its arguments is logged as it is, with the arguments behind it
     */
    void log(String format, @Nullable Object... args);

    /**
     * Runs a step unless an earlier run of this job has finished it, and remembers its result with the job: on a retry the
     * result comes from the store and the action is not run. The result is durable when this returns. A step whose worker
     * dies between the action and the store is run again.
     *
     * @param step the step's name, unique within the job; 1 to 200 characters
     * @param type the result's type
     * @param action what to do; its result may be null, which is remembered too
     * @return the action's result, of this run or of the earlier one
     * @throws JobInterrupted when the job belongs to another run by now: the result is not remembered
     * @throws IllegalStateException after {@link #succeedIn}
     * @throws SerializationException when the result cannot be written, or a remembered one does not fit {@code type}
     * @throws Exception what the action throws; nothing is remembered then
     */
    <T> @Nullable T once(String step, TypeRef<T> type, Callable<? extends @Nullable T> action) throws Exception;

    /** As {@link #once(String, TypeRef, Callable)}, for a type without type arguments. */
    default <T> @Nullable T once(String step, Class<T> type, Callable<? extends @Nullable T> action) throws Exception {
        return once(step, TypeRef.of(type), action);
    }

    /**
     * What the job waited for, in order, as it stood when this run first asked: ids, names, kinds and states, and how many ended how.
     * Empty for a job that waited for nothing.
     *
     * @throws StoreException when the store cannot be asked
     */
    Parents parents();

    /**
     * What those of its parents that are of this kind and SUCCEEDED returned, in the order in which they were named. A parent that
     * returned nothing gives null.
     *
     * @throws ResultExpiredException when a parent that succeeded was deleted since
     * @throws SerializationException when a result does not fit the type
     * @throws StoreException when the store cannot be asked
     */
    <R> List<@Nullable R> parentResults(JobType<?, R> type);

    /**
     * What its parent of this name returned; null when it returned nothing.
     *
     * @param name within the workflow
     * @param type what the result is to be read as
     * @throws JobFailedException when that parent has FAILED
     * @throws JobCancelledException when it was CANCELLED
     * @throws ResultExpiredException when it was deleted
     * @throws IllegalArgumentException when the job did not wait for a parent of this name: says for which
     * @throws IllegalStateException when it has not ended, since the job runs after the failure of another
     * @throws SerializationException when the result does not fit the type
     * @throws StoreException when the store cannot be asked
     */
    <R> @Nullable R parentResult(String name, JobType<?, R> type);

    /** The workflow that it is a job of, to add jobs to; empty for a job that is of none. */
    Optional<WorkflowContext> workflow();

    /**
     * Settles the job as succeeded within a transaction of the handler's own: its commit is the end of the job, so that the
     * handler's writes and the end are one, and exactly once in effect. SQLite and PostgreSQL. docs/transactions.md tells more.
     *
     * <p>Commit before the handler returns. What it returns is then of no account. Once it has returned or thrown, the worker looks
     * at the store: a commit stands, also when the handler threw after it; without one the attempt has failed, or ended as what the
     * handler threw says. What is logged after this call is dropped if the commit stands.
     *
     * <p>The connection is only used: it is not closed, and its transaction not ended. An exception means that nothing of this is in
     * the transaction; let it pass, and roll back.
     *
     * @param connection open, not in auto-commit mode, and to the database that the job's store is in; to be used by this thread
     * @param result what {@code await} gives; null for none
     * @throws JobInterrupted when another run owns the job by now, its cancellation was asked for, or its time is up
     * @throws IllegalStateException when this was called before, or the handler has returned
     * @throws IllegalArgumentException when the connection is closed, in auto-commit mode, or leads to another database
     * @throws UnsupportedOperationException when the store is no SQL database
     * @throws SerializationException when the result cannot be written
     * @throws PermanentFailure when the result is too large
     * @throws StoreException when the database did not do it, or the transaction had failed before
     */
    void succeedIn(Connection connection, @Nullable Object result);

    /** As {@link #succeedIn(Connection, Object)}, without a result. */
    default void succeedIn(Connection connection) {
        succeedIn(connection, null);
    }
}
