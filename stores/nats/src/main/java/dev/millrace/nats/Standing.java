package dev.millrace.nats;

/**
 * How a leader stands.
 *
 * @param jobs how many it keeps in memory
 * @param heap the most bytes that its process may use
 */
record Standing(long jobs, long heap) {}
