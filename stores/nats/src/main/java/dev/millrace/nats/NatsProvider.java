package dev.millrace.nats;

import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreProvider;
import java.util.Set;

/** Opens {@code nats://host:4222?parameter=value}. */
public final class NatsProvider implements StoreProvider {
    /** For {@link java.util.ServiceLoader}. */
    public NatsProvider() {}

    @Override
    public Set<String> schemes() {
        return Set.of("nats");
    }

    @Override
    public Set<String> parameters() {
        return Settings.PARAMETERS;
    }

    @Override
    public Store open(StoreConfig config) {
        return NatsStore.open(config, Settings.of(config.address()));
    }

    @Override
    public LayoutPlan layout(StoreConfig config) {
        return NatsStore.layout(Settings.of(config.address()));
    }
}
