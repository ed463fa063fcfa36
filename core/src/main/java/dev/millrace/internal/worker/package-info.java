/**
 * The worker: {@link dev.millrace.internal.worker.WorkerEngine} puts it together. The pump exchanges outcomes for claims, the
 * hands run handlers, the heart beats and sweeps. Data flows one way: exchange → queue → handler → outcome → exchange.
 */
@NullMarked
package dev.millrace.internal.worker;

import org.jspecify.annotations.NullMarked;
