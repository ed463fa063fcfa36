package dev.millrace.postgres;

import dev.millrace.spi.LayoutPlan;
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
        return open(address, clock, Retention.DEFAULT);
    }

    static Store open(String address, Clock clock, Retention retention) {
        return new PostgresProvider().open(new StoreConfig(StoreAddress.parse(address), clock, retention));
    }

    /** With steps of another version of the library. */
    static PostgresStore open(String address, Schema schema) {
        StoreAddress parsed = StoreAddress.parse(address);
        return PostgresStore.open(
                new StoreConfig(parsed, Clock.systemUTC(), Retention.DEFAULT), Settings.of(parsed), schema);
    }

    static LayoutPlan layout(String address, Schema schema) {
        return PostgresStore.layout(Settings.of(StoreAddress.parse(address)), schema);
    }

    static LayoutPlan layout(String address) {
        return new PostgresProvider()
                .layout(new StoreConfig(StoreAddress.parse(address), Clock.systemUTC(), Retention.DEFAULT));
    }
}
