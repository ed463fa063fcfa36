package dev.millrace.nats;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** The contract once more, with every call going to a leader elsewhere. */
class NatsRemoteContractTest extends StoreContract {
    @Override
    protected StoreFixture fixture() {
        return new Remote(new NatsPlace(Servers.server().url(), 1));
    }

    private static final class Remote implements StoreFixture {
        private final NatsPlace place;
        private @Nullable Store leader;

        Remote(NatsPlace place) {
            this.place = place;
        }

        @Override
        public Store open(Clock clock, Retention retention) {
            if (leader == null) {
                leader = place.open(clock, retention);
            }
            return place.open("&lead=false", clock, retention);
        }

        @Override
        public Store reopen(Store store, Clock clock, Retention retention) {
            place.shut(store);
            return open(clock, retention);
        }

        @Override
        public Order order() {
            return Order.EXACT;
        }

        @Override
        public void close() {
            place.close();
        }
    }
}
