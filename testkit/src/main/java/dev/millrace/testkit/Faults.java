package dev.millrace.testkit;

import dev.millrace.StoreException;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is to go wrong with the calls of a {@link FaultyStore}. Faults of one call happen in the order in which they were
 * asked for, one per call. Safe for several threads.
 */
public final class Faults {
    /** The calls of a store. */
    public enum Call {
        ENQUEUE,
        OPEN_SESSION,
        EXCHANGE,
        BEAT,
        CHECKPOINT,
        CLOSE_SESSION,
        SWEEP,
        GET,
        PARENTS,
        TRAIL,
        PAGE,
        COUNTS,
        SESSIONS,
        OPERATE,
        COMMAND,
        NOTE,
        NOTES,
        PUT_NOTE,
        REMOVE_NOTE,
        EXPORT_PAGE,
        IMPORT_ITEMS,
        OPTIMIZE,
        STANDING
    }

    private sealed interface Fault {
        record None() implements Fault {}

        record Before() implements Fault {}

        record After() implements Fault {}

        record Block(Gate gate) implements Fault {}

        record BlockReply(Gate gate) implements Fault {}
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Call, Deque<Fault>> planned = new EnumMap<>(Call.class);
    private final Map<Call, Long> counts = new EnumMap<>(Call.class);
    private boolean down;
    private int forgotten;
    private final Set<UUID> refused = ConcurrentHashMap.newKeySet();

    Faults() {}

    /** The next so many such calls go well: what is asked for after this befalls later ones. */
    public void letPass(Call call, int times) {
        plan(call, new Fault.None(), times);
    }

    /** The next so many such calls throw {@link StoreUnavailableException} and have no effect. */
    public void failBefore(Call call, int times) {
        plan(call, new Fault.Before(), times);
    }

    /** The next so many such calls take effect, and then throw {@link StoreUnavailableException}: their replies are lost. */
    public void loseReply(Call call, int times) {
        plan(call, new Fault.After(), times);
    }

    /**
     * The next so many exchanges that bring outcomes answer that these are recorded, and they are not: what a failover does that
     * loses the last moments.
     */
    public void forgetOutcomes(int exchanges) {
        lock.lock();
        try {
            forgotten += exchanges;
        } finally {
            lock.unlock();
        }
    }

    /** Exchanges that bring an outcome of this job throw {@link StoreException} and have no effect, until {@link #takeOutcomes}. */
    public void refuseOutcome(UUID job) {
        refused.add(job);
    }

    /** Ends what {@link #refuseOutcome} began. */
    public void takeOutcomes() {
        refused.clear();
    }

    /** The next such call waits, before it takes effect, until the gate is opened. */
    public Gate block(Call call) {
        Gate gate = new Gate(call);
        plan(call, new Fault.Block(gate), 1);
        return gate;
    }

    /** The next such call takes effect, and its reply waits until the gate is opened. */
    public Gate blockReply(Call call) {
        Gate gate = new Gate(call);
        plan(call, new Fault.BlockReply(gate), 1);
        return gate;
    }

    /** From now on every call throws {@link StoreUnavailableException} and has no effect, until {@link #comeBack}. */
    public void goDown() {
        setDown(true);
    }

    /** Ends what {@link #goDown} began. Faults that were planned call by call stay planned. */
    public void comeBack() {
        setDown(false);
    }

    /** How many such calls there were, failed ones included. */
    public long calls(Call call) {
        lock.lock();
        try {
            return counts.getOrDefault(call, 0L);
        } finally {
            lock.unlock();
        }
    }

    void refuse(List<Settlement> settlements) {
        for (Settlement settlement : settlements) {
            UUID job = settlement.run().job();
            if (refused.contains(job)) {
                throw new StoreException("a test refused the outcome of job " + job + "; nothing was done", null);
            }
        }
    }

    boolean forgetsOutcomes() {
        lock.lock();
        try {
            boolean forgets = forgotten > 0;
            forgotten -= forgets ? 1 : 0;
            return forgets;
        } finally {
            lock.unlock();
        }
    }

    <T> T around(Call call, Supplier<T> action) {
        Fault fault = next(call);
        if (fault instanceof Fault.Before) {
            throw new StoreUnavailableException("a test let " + call + " fail; nothing was done", null);
        }
        if (fault instanceof Fault.Block block) {
            block.gate().pass();
        }
        T result = action.get();
        if (fault instanceof Fault.BlockReply block) {
            block.gate().pass();
        }
        if (fault instanceof Fault.After) {
            throw new StoreUnavailableException("a test lost the reply of " + call + "; what it did is done", null);
        }
        return result;
    }

    private @Nullable Fault next(Call call) {
        lock.lock();
        try {
            counts.merge(call, 1L, Long::sum);
            if (down) {
                return new Fault.Before();
            }
            Deque<Fault> faults = planned.get(call);
            return faults == null ? null : faults.poll();
        } finally {
            lock.unlock();
        }
    }

    private void plan(Call call, Fault fault, int times) {
        lock.lock();
        try {
            Deque<Fault> faults = planned.computeIfAbsent(call, any -> new ArrayDeque<>());
            for (int i = 0; i < times; i++) {
                faults.add(fault);
            }
        } finally {
            lock.unlock();
        }
    }

    private void setDown(boolean value) {
        lock.lock();
        try {
            down = value;
        } finally {
            lock.unlock();
        }
    }

    /** Where a blocked call waits. */
    public static final class Gate {
        private static final Duration PATIENCE = Duration.ofSeconds(60);

        private final Call call;
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);

        private Gate(Call call) {
            this.call = call;
        }

        /**
         * Waits until the call has come to the gate.
         *
         * @throws AssertionError if none came within a minute
         */
        public void awaitCall() {
            if (!await(reached)) {
                throw new AssertionError("no " + call + " came within " + PATIENCE);
            }
        }

        /** Lets the call go on. */
        public void open() {
            open.countDown();
        }

        private void pass() {
            reached.countDown();
            if (!await(open)) {
                throw new StoreUnavailableException("a test blocked " + call + " and never opened its gate", null);
            }
        }

        private static boolean await(CountDownLatch latch) {
            try {
                return latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }
}
