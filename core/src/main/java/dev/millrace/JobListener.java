package dev.millrace;

/**
 * Hears of what happens to jobs through one {@link Millrace}: what it enqueues and cancels, and what its workers run. What
 * other processes do, they tell their own listeners. Given to {@link MillraceBuilder#listener}.
 *
 * <p>Each listener has a thread of its own, on which its methods are called one by one; so a slow one delays neither jobs nor
 * other listeners. Up to {@value #WAITING} events wait for it; while that many wait, new ones are dropped, counted ({@link
 * Millrace#listeners}) and told in the log and in {@link Millrace#health}. So it is for metrics, logs and notifications that
 * may be missed; what must not be missed is a job.
 *
 * <p>Of one job, events come in the order in which they happened: enqueued, started, its end. An end is told once the store
 * has recorded it, and a run's end at most once. A run whose outcome the store refused, because the job belonged to another
 * run by then, is not told; nor is one that was handed back, snoozed or lost with its worker.
 *
 * <p>What a method throws is logged once per kind of error, counted, and hurts nobody.
 */
public interface JobListener {
    /** How many events wait for a listener, at most. */
    int WAITING = 10_000;

    /** The store has taken a job. */
    default void enqueued(JobEvent.Enqueued event) {}

    /** A handler begins. */
    default void started(JobEvent.Started event) {}

    /** A job has succeeded. */
    default void succeeded(JobEvent.Succeeded event) {}

    /** An attempt has failed, and another is to come. */
    default void retried(JobEvent.Retried event) {}

    /** A job has failed for good. */
    default void failed(JobEvent.Failed event) {}

    /** A job was cancelled. */
    default void cancelled(JobEvent.Cancelled event) {}
}
