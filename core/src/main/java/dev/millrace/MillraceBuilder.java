package dev.millrace;

import dev.millrace.internal.Stores;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import java.time.Clock;
import java.util.function.BiFunction;

/** Settings of a {@link Millrace}. Not thread-safe; {@link #open} may be called once. */
public final class MillraceBuilder {
    /** 1 MiB. */
    private static final int DEFAULT_MOST_BYTES = 1 << 20;

    private final BiFunction<Clock, Retention, Store> opening;
    private Clock clock = Clock.systemUTC();
    private Serializer serializer = Serializer.json();
    private Retention retention = Retention.DEFAULT;
    private int mostPayloadBytes = DEFAULT_MOST_BYTES;
    private int mostResultBytes = DEFAULT_MOST_BYTES;

    MillraceBuilder(String address) {
        StoreAddress parsed = StoreAddress.parse(address);
        this.opening = (time, keep) -> Stores.open(new StoreConfig(parsed, time, keep));
    }

    MillraceBuilder(Store store) {
        this.opening = (time, keep) -> store;
    }

    /**
     * Time for tests: in-process engines take their time from it, the others shift the server's by its distance from the
     * system's. Default: the system's clock.
     */
    public MillraceBuilder clock(Clock value) {
        clock = value;
        return this;
    }

    /** How payloads and results become bytes. Default: JSON. */
    public MillraceBuilder serializer(Serializer value) {
        serializer = value;
        return this;
    }

    /** How long finished jobs are kept. Default: succeeded and cancelled 1 day and at most a million of each, failed 30 days. */
    public MillraceBuilder retention(Retention value) {
        retention = value;
        return this;
    }

    /** The largest payload, in bytes once serialized. Default: 1 MiB. */
    public MillraceBuilder maxPayloadBytes(int value) {
        mostPayloadBytes = positive("maxPayloadBytes", value);
        return this;
    }

    /** The largest result, in bytes once serialized. Default: 1 MiB. */
    public MillraceBuilder maxResultBytes(int value) {
        mostResultBytes = positive("maxResultBytes", value);
        return this;
    }

    /**
     * Opens the store.
     *
     * @throws IllegalArgumentException when the address has an unknown scheme or parameter
     * @throws StoreException when the store cannot be opened: says why, and what to do
     */
    public Millrace open() {
        return new Millrace(opening.apply(clock, retention), this);
    }

    Clock clock() {
        return clock;
    }

    Retention retention() {
        return retention;
    }

    Serializer serializer() {
        return serializer;
    }

    int mostPayloadBytes() {
        return mostPayloadBytes;
    }

    int mostResultBytes() {
        return mostResultBytes;
    }

    private static int positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " is " + value + ": give a number of bytes above zero");
        }
        return value;
    }
}
