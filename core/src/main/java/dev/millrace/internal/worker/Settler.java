package dev.millrace.internal.worker;

import dev.millrace.spi.Claim;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that hands in outcomes while the pump claims, where the store does both at once. It has something to do only under a
 * backlog: a few outcomes travel with the pump's own exchange.
 */
final class Settler implements Runnable {
    private static final long PAUSE_NANOS = 50_000_000L;

    private final WorkerConfig config;
    private final Exchanger exchanger;
    private final Pump.Dispatch dispatch;
    private final Trouble trouble;
    private final Runnable failed;
    private volatile boolean ended;
    private volatile boolean parked;
    private @Nullable Thread thread;

    /**
     * Puts it together; it begins with {@link #start}.
     *
     * @param trouble shared with the pump, which says when it is over
     * @param failed told when outcomes could not be handed in: they are the pump's to send then
     */
    Settler(WorkerConfig config, Exchanger exchanger, Pump.Dispatch dispatch, Trouble trouble, Runnable failed) {
        this.config = config;
        this.exchanger = exchanger;
        this.dispatch = dispatch;
        this.trouble = trouble;
        this.failed = failed;
    }

    void start() {
        Thread settler = new Thread(this, config.name() + "-settler");
        settler.setDaemon(true);
        thread = settler;
        settler.start();
    }

    /** There are enough outcomes for an exchange of their own. */
    void wake() {
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    /** Ends after what it is doing. */
    void end() {
        ended = true;
        LockSupport.unpark(thread);
    }

    void join(Duration most) throws InterruptedException {
        Thread settler = thread;
        if (settler != null) {
            settler.join(Math.max(1, most.toMillis()));
        }
    }

    @Override
    public void run() {
        while (!ended) {
            if (exchanger.waiting() < Pump.GATHERED) {
                park();
                continue;
            }
            try {
                Claim nothing = new Claim.Nothing();
                dispatch.claimed(nothing, exchanger.exchange(nothing));
            } catch (Throwable e) {
                trouble.report("the store", e, "outcomes are kept and sent again");
                failed.run();
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void park() {
        parked = true;
        try {
            // What came before parked was set did not wake us.
            if (!ended && exchanger.waiting() < Pump.GATHERED) {
                LockSupport.park(this);
            }
        } finally {
            parked = false;
        }
    }
}
