package dev.millrace.spi;

import java.util.UUID;

/**
 * One run of one job, and where to find it.
 *
 * @param job the job
 * @param queue the job's queue, which tells an engine with partitions which one holds the job
 * @param token the lease token of the claim that began the run; it only grows, from 1
 */
public record RunRef(UUID job, String queue, long token) {}
