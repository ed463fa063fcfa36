package dev.millrace.internal.worker;

import dev.millrace.spi.Claim;
import java.util.Set;

/** What the worker would take: as much as keeps its hands busy for about 100 ms, unless something holds it back. */
final class Appetite implements Pump.Demand {
    private final WorkerConfig config;
    private final Hands hands;
    private final Holdings holdings;
    private final Meter meter;
    private final Throttle throttle;
    private volatile boolean open;
    private volatile boolean quiet;
    private volatile boolean makeRoomForStruck;
    private volatile Set<String> paused = Set.of();

    Appetite(WorkerConfig config, Hands hands, Holdings holdings, Meter meter, Throttle throttle) {
        this.config = config;
        this.hands = hands;
        this.holdings = holdings;
        this.meter = meter;
        this.throttle = throttle;
    }

    /** From now on jobs are wanted. */
    void begin() {
        open = true;
    }

    /** From now on no job is wanted. */
    void end() {
        open = false;
    }

    /** Whether an operator told the worker to claim nothing. */
    boolean quiet() {
        return quiet;
    }

    void quiet(boolean value) {
        quiet = value;
    }

    /**
     * Takes in which queues are paused.
     *
     * @return whether there is more to claim from than before
     */
    boolean paused(Set<String> queues) {
        boolean fewer = !queues.containsAll(paused);
        paused = queues;
        return fewer;
    }

    /**
     * A struck job is claimed only when a hand is free to start it at once, which may never be so under load. Called with each
     * heartbeat: nothing is claimed ahead until a hand is free.
     */
    void letStruckIn() {
        makeRoomForStruck = holdings.count() >= hands.able();
    }

    /** The next job, to be run at once. */
    Claim.Next one() {
        return next((int) Math.min(1, holdings.tasksLeft()), 1);
    }

    @Override
    public Claim claim() {
        int most = demand();
        if (most <= 0) {
            return new Claim.Nothing();
        }
        boolean idle = holdings.count() < hands.able();
        if (idle) {
            makeRoomForStruck = false;
        }
        return next(most, idle && !holdings.hasStruck() ? 1 : 0);
    }

    private Claim.Next next(int most, int struck) {
        return new Claim.Next(config.claimable(paused), config.handlers().keySet(), config.minPriority(), most, struck);
    }

    @Override
    public boolean backlog() {
        return open && holdings.count() >= hands.able() && hands.hasWaiting();
    }

    private int demand() {
        if (!open || quiet || throttle.reason() != null) {
            return 0;
        }
        int able = hands.able();
        int held = holdings.count();
        int prefetch = makeRoomForStruck ? 0 : meter.prefetch(able);
        int room = able + prefetch - held;
        if (held > able && room < prefetch / 4) {
            return 0; // a few at a time would cost an exchange each
        }
        return (int) Math.min(Math.min(room, Exchanger.BATCH), holdings.tasksLeft());
    }
}
