package dev.millrace.testkit.contract;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreProvider;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Opens stores by their address, as users do. Override {@link #close()} to remove what is left at the address:
 *
 * <pre>{@code
 * class SqliteContractTest extends StoreContract {
 *     @TempDir
 *     Path folder;
 *
 *     protected StoreFixture fixture() {
 *         return new AddressFixture("sqlite:" + folder.resolve(UUID.randomUUID() + ".db"));
 *     }
 * }
 * }</pre>
 */
public class AddressFixture implements StoreFixture {
    private final StoreAddress address;
    private final List<Store> opened = new ArrayList<>();

    public AddressFixture(String address) {
        this.address = StoreAddress.parse(address);
    }

    @Override
    public Store open(Clock clock, Retention retention) {
        Store store = provider().open(new StoreConfig(address, clock, retention));
        opened.add(store);
        return store;
    }

    @Override
    public Store reopen(Store store, Clock clock, Retention retention) {
        store.close();
        opened.remove(store);
        return open(clock, retention);
    }

    @Override
    public Order order() {
        return Order.EXACT;
    }

    @Override
    public void close() {
        opened.forEach(Store::close);
        opened.clear();
    }

    private StoreProvider provider() {
        return ServiceLoader.load(StoreProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.schemes().contains(address.scheme()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no StoreProvider for the scheme \"" + address.scheme()
                        + "\" is on the class path: is it named in META-INF/services?"));
    }
}
