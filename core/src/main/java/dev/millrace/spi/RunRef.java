package dev.millrace.spi;

import java.util.UUID;

/**
 * One run of one job.
 *
 * @param job the job
 * @param token the lease token of the claim that began the run; it only grows, from 1
 */
public record RunRef(UUID job, long token) {}
