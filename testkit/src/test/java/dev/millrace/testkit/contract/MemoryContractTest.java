package dev.millrace.testkit.contract;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** The memory store passes the contract. It keeps nothing, so every view of it is the one store. */
class MemoryContractTest extends StoreContract {

    @Override
    protected StoreFixture fixture() {
        return new AddressFixture("memory:") {
            private @Nullable Store only;

            @Override
            public Store open(Clock clock, Retention retention) {
                if (only == null) {
                    only = super.open(clock, retention);
                }
                return only;
            }

            @Override
            public Store reopen(Store store, Clock clock, Retention retention) {
                return store;
            }
        };
    }
}
