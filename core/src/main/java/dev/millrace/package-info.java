/**
 * Millrace: durable background jobs. Start at {@link dev.millrace.Millrace} (open a store, enqueue, look, operate), {@link
 * dev.millrace.JobType} (what can be run) and {@link dev.millrace.Worker} (what runs it).
 */
@NullMarked
package dev.millrace;

import org.jspecify.annotations.NullMarked;
