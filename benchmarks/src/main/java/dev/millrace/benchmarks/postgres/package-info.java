/** Millrace beside the bare engine and other queues, on one PostgreSQL, in one run. */
@org.jspecify.annotations.NullMarked
package dev.millrace.benchmarks.postgres;
