package dev.millrace.testkit.contract;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import java.time.Clock;

/**
 * How an engine takes part in {@link StoreContract}. One fixture serves one test: it stands for one place (a file, a schema,
 * a prefix) that is empty at first, and for every store that the test opens there. {@link AddressFixture} suits most engines.
 */
public interface StoreFixture extends AutoCloseable {

    /**
     * Opens the place, with what is in it. Called again while stores of this fixture are open, it gives another view of the
     * same data, as another process would have it; an engine that lives in its one object gives that object again.
     *
     * @param clock the test's clock, the same in every call
     * @param retention the same in every call
     */
    Store open(Clock clock, Retention retention);

    /**
     * Closes the store and opens the place again, as after a restart. An engine that keeps nothing gives back the same store,
     * open as it is.
     */
    Store reopen(Store store, Clock clock, Retention retention);

    /** What the engine promises of the order of claims. */
    Order order();

    /** Closes every store that was opened, and removes the place. */
    @Override
    void close();

    /** What an engine may promise of the order in which jobs of a queue are claimed. */
    enum Order {
        /** By priority, then due time, then arrival. */
        EXACT,
        /** Priorities above zero before zero before those below; in any order within these bands. */
        BANDS
    }
}
