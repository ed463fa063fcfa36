package dev.millrace.sqlite;

import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreProvider;
import java.util.Set;

/** Opens {@code sqlite:path/to/file.db?parameter=value}. */
public final class SqliteProvider implements StoreProvider {
    /** For {@link java.util.ServiceLoader}. */
    public SqliteProvider() {}

    @Override
    public Set<String> schemes() {
        return Set.of("sqlite");
    }

    @Override
    public Set<String> parameters() {
        return Settings.PARAMETERS;
    }

    @Override
    public Store open(StoreConfig config) {
        return SqliteStore.open(config, Settings.of(config.address()));
    }

    @Override
    public LayoutPlan layout(StoreConfig config) {
        return SqliteStore.layout(Settings.of(config.address()));
    }
}
