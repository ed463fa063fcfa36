package dev.millrace;

import dev.millrace.internal.Stores;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Settings of a {@link Millrace}. Not thread-safe; {@link #open} may be called once. */
public final class MillraceBuilder {
    /** 1 MiB. */
    static final int DEFAULT_MOST_BYTES = 1 << 20;

    private final BiFunction<Clock, Retention, Store> opening;
    private final BiFunction<Clock, Retention, LayoutPlan> looking;
    private Clock clock = Clock.systemUTC();
    private Serializer serializer = Serializer.json();
    private Retention retention = Retention.DEFAULT;
    private int mostPayloadBytes = DEFAULT_MOST_BYTES;
    private int mostResultBytes = DEFAULT_MOST_BYTES;
    private final List<Interceptor> interceptors = new ArrayList<>();
    private final List<JobListener> listeners = new ArrayList<>();

    MillraceBuilder(String address) {
        StoreAddress parsed = StoreAddress.parse(address);
        this.opening = (time, keep) -> Stores.open(new StoreConfig(parsed, time, keep));
        this.looking = (time, keep) -> Stores.layout(new StoreConfig(parsed, time, keep));
    }

    MillraceBuilder(Store store) {
        this.opening = (time, keep) -> store;
        this.looking = (time, keep) ->
                new LayoutPlan(store.info().schema(), store.info().schema(), "");
    }

    /**
     * Time for tests: in-process engines take their time from it, the others shift the server's by its distance from the
     * system's. Default: the system's clock.
     */
    public MillraceBuilder clock(Clock value) {
        clock = value;
        return this;
    }

    /**
     * How payloads, results and steps become bytes: {@link Serializer#json}, compressed or encrypted if you like, or one of
     * your own. Default: plain JSON.
     */
    public MillraceBuilder serializer(Serializer value) {
        serializer = value;
        return this;
    }

    /**
     * How long finished jobs are kept: {@code Retention.DEFAULT.keepSucceeded(Duration.ofHours(6)).atMost(100_000)}. It holds for
     * jobs whose end this process records; give all processes of a store the same. What a job or its type says wins ({@link
     * JobRequest#keepFor}, {@link JobType#keepFor}). Default: succeeded and cancelled 1 day and at most a million of each, failed
     * 30 days.
     */
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

    /** Puts an interceptor around the handlers of all workers, inside those given before. */
    public MillraceBuilder interceptor(Interceptor value) {
        interceptors.add(value);
        return this;
    }

    /** Tells a listener of what happens to jobs through this Millrace. Several may be given; each has a thread of its own. */
    public MillraceBuilder listener(JobListener value) {
        listeners.add(value);
        return this;
    }

    /**
     * Opens the store.
     *
     * @throws IllegalArgumentException when the address has an unknown scheme or parameter
     * @throws StoreException when the store cannot be opened: says why, and what to do
     */
    public Millrace open() {
        if (serializer instanceof Envelope envelope) {
            serializer = envelope.withMostBytes(Math.max(mostPayloadBytes, mostResultBytes));
        }
        return new Millrace(opening.apply(clock, retention), this);
    }

    /**
     * Looks at the layout of what is stored, and says what {@link #open} would do to it. Creates and changes nothing.
     *
     * @throws IllegalArgumentException when the address has an unknown scheme or parameter
     * @throws StoreException when the store cannot be read: says why, and what to do
     */
    public LayoutPlan layout() {
        return looking.apply(clock, retention);
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

    List<Interceptor> interceptors() {
        return interceptors;
    }

    List<JobListener> listeners() {
        return listeners;
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
