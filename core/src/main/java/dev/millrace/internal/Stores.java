package dev.millrace.internal;

import dev.millrace.StoreException;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreProvider;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeSet;

/** Finds the store that an address means. */
public final class Stores {
    /** Which artifact brings which scheme. */
    private static final Map<String, String> ARTIFACTS = Map.of(
            "sqlite", "dev.millrace:millrace-sqlite",
            "postgresql", "dev.millrace:millrace-postgres",
            "redis", "dev.millrace:millrace-redis",
            "rediss", "dev.millrace:millrace-redis",
            "redis+sentinel", "dev.millrace:millrace-redis",
            "rediss+sentinel", "dev.millrace:millrace-redis",
            "redis+cluster", "dev.millrace:millrace-redis",
            "rediss+cluster", "dev.millrace:millrace-redis",
            "nats", "dev.millrace:millrace-nats");

    private Stores() {}

    /**
     * Opens the store.
     *
     * @throws IllegalArgumentException when the address has an unknown scheme or parameter
     * @throws StoreException when the store's artifact is missing, or it cannot be opened
     */
    public static Store open(StoreConfig config) {
        return checked(config.address()).open(config);
    }

    /**
     * What opening the store would do to its layout; changes nothing.
     *
     * @throws IllegalArgumentException when the address has an unknown scheme or parameter
     * @throws StoreException when the store's artifact is missing, or it cannot be read
     */
    public static LayoutPlan layout(StoreConfig config) {
        return checked(config.address()).layout(config);
    }

    private static StoreProvider checked(StoreAddress address) {
        StoreProvider provider = provider(address);
        for (String name : address.parameters().keySet()) {
            if (!provider.parameters().contains(name)) {
                throw new IllegalArgumentException("\"" + name + "\" is not a parameter of " + address.scheme()
                        + " addresses" + Nearest.to(name, provider.parameters()));
            }
        }
        return provider;
    }

    private static StoreProvider provider(StoreAddress address) {
        TreeSet<String> present = new TreeSet<>();
        for (StoreProvider provider : ServiceLoader.load(StoreProvider.class, Stores.class.getClassLoader())) {
            if (provider.schemes().contains(address.scheme())) {
                return provider;
            }
            present.addAll(provider.schemes());
        }
        String artifact = ARTIFACTS.get(address.scheme());
        if (artifact != null) {
            throw new StoreException(
                    "the store of " + address.scheme() + " addresses is not on the class path: add the dependency "
                            + artifact + " in the version of millrace-core");
        }
        TreeSet<String> known = new TreeSet<>(ARTIFACTS.keySet());
        known.addAll(present);
        throw new IllegalArgumentException(
                "\"" + address.scheme() + ":\" is not a store's scheme" + Nearest.to(address.scheme(), known));
    }
}
