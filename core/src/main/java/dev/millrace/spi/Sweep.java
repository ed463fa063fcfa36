package dev.millrace.spi;

import java.time.Duration;

/**
 * How to sweep.
 *
 * @param lease a session not heard of for so long is dead
 * @param limit the most jobs to touch of each sort in this call
 */
public record Sweep(Duration lease, int limit) {}
