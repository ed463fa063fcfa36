/** Claims about Millrace, measured on the machine at hand. */
@org.jspecify.annotations.NullMarked
package dev.millrace.benchmarks;
