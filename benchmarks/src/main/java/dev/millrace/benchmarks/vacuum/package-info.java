/** What a transaction that is held open does to the queue: PostgreSQL's vacuum may not remove what it might still see. */
@org.jspecify.annotations.NullMarked
package dev.millrace.benchmarks.vacuum;
