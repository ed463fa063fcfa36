/**
 * What a store implements: records in, records out. {@link dev.millrace.spi.Store} is the whole of it, composed of a few
 * cohesive interfaces; {@link dev.millrace.spi.StoreProvider} is how the engine finds one by the scheme of an address.
 *
 * <p>The worker decides, the store records: retry rules, serializers and cron never reach a store, which sees a handful of
 * outcomes with durations. Every store passes {@code StoreContract} of the testkit.
 */
@NullMarked
package dev.millrace.spi;

import org.jspecify.annotations.NullMarked;
