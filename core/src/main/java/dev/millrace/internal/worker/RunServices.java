package dev.millrace.internal.worker;

import dev.millrace.Serializer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.Transactions;

/** What a run needs of its worker. */
interface RunServices {
    /** Turns payloads, results and steps into bytes and back. */
    Serializer serializer();

    /** The largest result, of a job or a step, in bytes. */
    int mostBytes();

    /** Stores a step's result; false when the run does not own its job any more. */
    boolean checkpoint(RunRef run, String step, byte[] value);

    /** Whether every thread of the worker is at work. */
    boolean full();

    /** A run has something to report: a beat should come soon. */
    void reported();

    /** Finds the jobs that this one belongs with. */
    Kin kin(JobSpec job, Runnable checkCancelled);

    /**
     * The store's part for transactions of handlers.
     *
     * @throws UnsupportedOperationException when it has none
     */
    Transactions transactions();
}
