package dev.millrace.postgres;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import java.time.Clock;

/** Stores by address, on the system's clock or another. */
final class Stores {
    private Stores() {}

    static Store open(String address) {
        return open(address, Clock.systemUTC());
    }

    static Store open(String address, Clock clock) {
        return new PostgresProvider().open(new StoreConfig(StoreAddress.parse(address), clock, Retention.DEFAULT));
    }
}
