package dev.millrace.internal.memory;

import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreProvider;
import java.util.Set;

/** Opens {@code memory:}; each opening is a store of its own. */
public final class MemoryProvider implements StoreProvider {
    @Override
    public Set<String> schemes() {
        return Set.of("memory");
    }

    @Override
    public Set<String> parameters() {
        return Set.of();
    }

    @Override
    public Store open(StoreConfig config) {
        return new MemoryStore(config);
    }

    /** There is never anything to do: each opening begins anew. */
    @Override
    public LayoutPlan layout(StoreConfig config) {
        return new LayoutPlan(MemoryStore.LAYOUT, MemoryStore.LAYOUT, "");
    }
}
