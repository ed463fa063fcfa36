package dev.millrace.redis;

import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import java.time.Clock;

/** Opens stores by address. */
final class Stores {
    private Stores() {}

    static Store open(String address) {
        return new RedisProvider()
                .open(new StoreConfig(StoreAddress.parse(address), Clock.systemUTC(), Retention.DEFAULT));
    }

    static LayoutPlan layout(String address) {
        return new RedisProvider()
                .layout(new StoreConfig(StoreAddress.parse(address), Clock.systemUTC(), Retention.DEFAULT));
    }
}
