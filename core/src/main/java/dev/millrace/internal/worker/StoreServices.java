package dev.millrace.internal.worker;

import dev.millrace.Serializer;
import dev.millrace.internal.Joining;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transactions;
import java.util.function.BooleanSupplier;

/** What a worker does for its runs, over its store. */
final class StoreServices implements RunServices {
    private final Store store;
    private final WorkerConfig config;
    private final Kin.Finder kin;
    private final BooleanSupplier full;
    private final Runnable reported;

    /**
     * @param full whether every thread of the worker is at work
     * @param reported lets a beat come soon
     */
    StoreServices(Store store, WorkerConfig config, Kin.Finder kin, BooleanSupplier full, Runnable reported) {
        this.store = store;
        this.config = config;
        this.kin = kin;
        this.full = full;
        this.reported = reported;
    }

    @Override
    public Serializer serializer() {
        return config.payload().serializer();
    }

    @Override
    public int mostBytes() {
        return config.payload().mostBytes();
    }

    @Override
    public boolean checkpoint(RunRef run, String step, byte[] value) {
        return store.checkpoint(run, step, value);
    }

    @Override
    public Kin kin(JobSpec job, Runnable checkCancelled) {
        return kin.of(job, checkCancelled);
    }

    @Override
    public Transactions transactions() {
        return Joining.of(store);
    }

    @Override
    public boolean full() {
        return full.getAsBoolean();
    }

    @Override
    public void reported() {
        reported.run();
    }
}
