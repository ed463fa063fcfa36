/**
 * The suite that runs the whole of Millrace, API and worker, over a store: {@link dev.millrace.testkit.worker.WorkerContract},
 * made of parts that each cover one promise to those who enqueue, handle and operate.
 */
@NullMarked
package dev.millrace.testkit.worker;

import org.jspecify.annotations.NullMarked;
