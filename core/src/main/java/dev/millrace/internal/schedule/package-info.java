/** Schedules: their notes, which ticks are due, and how a tick becomes a job. */
@NullMarked
package dev.millrace.internal.schedule;

import org.jspecify.annotations.NullMarked;
