package dev.millrace.postgres;

import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreProvider;
import java.util.Set;

/** Opens {@code postgresql://user:password@host:5432/database?schema=millrace}. */
public final class PostgresProvider implements StoreProvider {
    /** For {@link java.util.ServiceLoader}. */
    public PostgresProvider() {}

    @Override
    public Set<String> schemes() {
        return Set.of("postgresql", "postgres");
    }

    @Override
    public Set<String> parameters() {
        return Settings.PARAMETERS;
    }

    @Override
    public Store open(StoreConfig config) {
        return PostgresStore.open(config, Settings.of(config.address()), Schema.CURRENT);
    }

    @Override
    public LayoutPlan layout(StoreConfig config) {
        return PostgresStore.layout(Settings.of(config.address()), Schema.CURRENT);
    }
}
