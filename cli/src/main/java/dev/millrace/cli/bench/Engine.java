package dev.millrace.cli.bench;

import dev.millrace.Millrace;
import dev.millrace.spi.StoreAddress;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An engine to be measured. Each run gets a place of its own, so that no run pays for the leftovers of another. */
interface Engine {
    /**
     * The engine of an address. What is at the address is not touched: the bench makes places beside it, a file, a schema, a
     * prefix or a stream, and removes them.
     *
     * @throws IllegalArgumentException when there is no such engine, or the bench cannot connect as the address says
     */
    static Engine of(String address) {
        StoreAddress parsed = StoreAddress.parse(address);
        return switch (parsed.scheme()) {
            case "memory" -> new MemoryEngine();
            case "sqlite" -> SqliteEngine.beside(address);
            case "postgresql", "postgres" -> new PostgresEngine(parsed);
            case "redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster" ->
                new RedisEngine(Aside.without(parsed, "tls.verify", "tls.ca", "sentinel.password"));
            case "nats" -> NatsEngine.of(parsed);
            default ->
                throw new IllegalArgumentException("bench knows no engine of " + parsed.shown()
                        + ": use an address of memory, sqlite, postgresql, redis or nats");
        };
    }

    /** The name that its rows begin with. */
    String name();

    /** Whether jobs end with the process, so that there is nothing durable to compare with. */
    default boolean inMemory() {
        return false;
    }

    /** A new, empty store. */
    Site open() throws Exception;

    /** The bare engine in a new, empty place; null where there is none. */
    @Nullable
    RawQueue raw() throws Exception;

    /**
     * A store for one run; closing it removes the place.
     *
     * @param address its address, for other processes
     * @param millrace the open store
     * @param place what is to be removed after it is closed
     */
    record Site(String address, Millrace millrace, Place place) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try {
                millrace.close();
            } finally {
                place.remove();
            }
        }
    }

    /** Where a store's data is. */
    @FunctionalInterface
    interface Place {
        void remove() throws IOException;
    }
}
