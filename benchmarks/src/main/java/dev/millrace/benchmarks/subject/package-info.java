/** The queues that are measured, each in a process of its own that does as it is told on standard input. */
@org.jspecify.annotations.NullMarked
package dev.millrace.benchmarks.subject;
