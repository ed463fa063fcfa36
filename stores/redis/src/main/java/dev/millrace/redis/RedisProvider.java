package dev.millrace.redis;

import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreProvider;
import java.util.Set;

/** Opens {@code redis://}, {@code rediss://}, {@code redis+sentinel://} and {@code redis+cluster://}. */
public final class RedisProvider implements StoreProvider {
    /** For {@link java.util.ServiceLoader}. */
    public RedisProvider() {}

    @Override
    public Set<String> schemes() {
        return Settings.SCHEMES;
    }

    @Override
    public Set<String> parameters() {
        return Settings.PARAMETERS;
    }

    @Override
    public Store open(StoreConfig config) {
        return RedisStore.open(config, Settings.of(config.address()));
    }

    @Override
    public LayoutPlan layout(StoreConfig config) {
        return RedisStore.layout(config, Settings.of(config.address()));
    }
}
