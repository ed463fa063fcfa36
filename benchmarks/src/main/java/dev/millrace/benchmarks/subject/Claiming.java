package dev.millrace.benchmarks.subject;

/** A queue whose claims can be measured alone, without a worker. */
interface Claiming extends Subject {
    /** How many jobs a claim asks for. */
    int BATCH = 50;
    /** How many jobs are claimed in one round. */
    int ROUND = 1_000;

    /**
     * Settles what was claimed before and claims the next, {@link #BATCH} at a time, {@link #ROUND} in all; what remains is
     * settled at the end.
     *
     * @return what it took, without the last settling, in nanoseconds
     */
    long claimRound() throws Exception;
}
