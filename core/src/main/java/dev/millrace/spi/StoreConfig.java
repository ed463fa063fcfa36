package dev.millrace.spi;

import java.time.Clock;

/**
 * How to open a store.
 *
 * @param address where it is
 * @param clock in-process engines take their time from it; engines with a server's clock add its distance from the system
 *     clock, which is zero in production
 * @param retention how long finished jobs are kept
 */
public record StoreConfig(StoreAddress address, Clock clock, Retention retention) {}
