package dev.millrace.benchmarks.subject;

/**
 * A queue that is measured. Jobs do nothing but tell {@link Handled} their number. Closing it lets go of the database.
 *
 * <p>{@link #enqueue} is called from many threads, the rest from one.
 */
interface Subject extends AutoCloseable {

    /** Makes an empty place for jobs, in place of the one before. */
    void clear(String place) throws Exception;

    /** Works with a place that another process has made. */
    void join(String place) throws Exception;

    /** Stores jobs 0 to this, as fast as the queue's documentation knows how. */
    void bulk(int jobs) throws Exception;

    /** Stores one job; returns when it is durable. */
    void enqueue(int number) throws Exception;

    /** Starts the worker. */
    void start() throws Exception;

    /** Stops the worker, when its jobs under way have ended. */
    void stop() throws Exception;

    /** How many jobs the database does not know as ended. */
    long unfinished() throws Exception;

    @Override
    void close();
}
