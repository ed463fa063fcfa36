package dev.millrace.spi;

/** What can be done to a job by hand. Jobs in a state that an operation does not fit are left alone. */
public sealed interface Operation {

    /** Unfinished jobs become CANCELLED (requested); a RUNNING one is asked to, and is CANCELLED when its run ends. */
    record Cancel() implements Operation {}

    /**
     * FAILED, CANCELLED and SUCCEEDED jobs go through the gates again, attempts anew, expiry cleared, due now. Refused while
     * the job's unique key is held by another.
     */
    record RunAgain() implements Operation {}

    /** Deletes jobs that are not RUNNING. Their ids stay known for an hour. */
    record Delete() implements Operation {}

    /** SCHEDULED and READY jobs get a new due time. */
    record Reschedule(Due due) implements Operation {}

    /** SCHEDULED and READY jobs get a new priority. */
    record Reprioritize(int priority) implements Operation {}
}
