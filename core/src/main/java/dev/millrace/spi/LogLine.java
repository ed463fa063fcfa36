package dev.millrace.spi;

import java.time.Instant;

/**
 * A line that a handler logged for its job.
 *
 * @param at when, by the worker's clock
 * @param text one line
 */
public record LogLine(Instant at, String text) {}
