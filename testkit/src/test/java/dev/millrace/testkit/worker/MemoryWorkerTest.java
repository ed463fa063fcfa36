package dev.millrace.testkit.worker;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.testkit.contract.AddressFixture;
import dev.millrace.testkit.contract.StoreFixture;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** API and worker over the memory store. It keeps nothing, so every view of it is the one store. */
class MemoryWorkerTest extends WorkerContract {

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
        };
    }
}
