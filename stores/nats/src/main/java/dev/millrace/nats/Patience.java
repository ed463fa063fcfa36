package dev.millrace.nats;

/**
 * From where on an examination finds something.
 *
 * @param heapPerJob bytes of heap that a leader is to have for each job (docs/decisions/0007)
 * @param behind entries that a replica may lack
 */
record Patience(long heapPerJob, long behind) {
    static final Patience USUAL = new Patience(1_000, 10_000);
}
