/** What came of runs: counts and times, by queue, that can be added up over workers and outlive them. */
@NullMarked
package dev.millrace.internal.stats;

import org.jspecify.annotations.NullMarked;
