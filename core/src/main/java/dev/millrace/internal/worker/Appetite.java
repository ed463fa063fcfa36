package dev.millrace.internal.worker;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** What the worker would take: as much as keeps its hands busy for about 100 ms, unless something holds it back. */
final class Appetite implements Pump.Demand {
    private final WorkerConfig config;
    private final Hands hands;
    private final Holdings holdings;
    private final Meter meter;
    private final Throttle throttle;
    private final BooleanSupplier heard;
    private volatile boolean open;
    private volatile boolean quiet;
    private volatile boolean makeRoomForStruck;
    private volatile Set<String> paused = Set.of();

    Appetite(
            WorkerConfig config,
            Hands hands,
            Holdings holdings,
            Meter meter,
            Throttle throttle,
            BooleanSupplier heard) {
        this.config = config;
        this.hands = hands;
        this.holdings = holdings;
        this.meter = meter;
        this.throttle = throttle;
        this.heard = heard;
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
        makeRoomForStruck = holdings.works() >= hands.able();
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
        boolean idle = holdings.works() < hands.able();
        if (idle) {
            makeRoomForStruck = false;
        }
        return next(most, idle && !holdings.hasStruck() ? 1 : 0);
    }

    private Claim.Next next(int most, int struck) {
        return new Claim.Next(config.claimable(paused), config.handlers().keySet(), config.minPriority(), most, struck);
    }

    /**
     * What to claim besides, now that these are claimed and there may be more: as much as makes the batches full of those kinds
     * whose handlers take batches.
     */
    List<Claim.Next> toFillBatches(List<ClaimedJob> claimed) {
        List<Claim.Next> more = new ArrayList<>();
        config.handlers().forEach((kind, entry) -> {
            if (entry.code() instanceof HandlerEntry.Batch batch) {
                long count = claimed.stream()
                        .filter(job ->
                                job.spec().kind().equals(kind) && !job.history().struck())
                        .count();
                long missing = Math.min((batch.most() - count % batch.most()) % batch.most(), Exchanger.BATCH);
                long most = Math.min(missing, holdings.tasksLeft() - claimed.size());
                if (count > 0 && most > 0) {
                    more.add(new Claim.Next(
                            config.claimable(paused), Set.of(kind), config.minPriority(), (int) most, 0));
                }
            }
        });
        return more;
    }

    @Override
    public boolean backlog() {
        return open && holdings.works() >= hands.able() && hands.hasWaiting();
    }

    private int demand() {
        if (!open || quiet || !heard.getAsBoolean() || throttle.reason() != null) {
            return 0;
        }
        int able = hands.able();
        int held = holdings.works();
        int prefetch = makeRoomForStruck ? 0 : meter.prefetch(able);
        int room = able + prefetch - held;
        if (held > able && room < prefetch / 4) {
            return 0; // a few at a time would cost an exchange each
        }
        return (int) Math.min(Math.min(room, Exchanger.BATCH), holdings.tasksLeft());
    }
}
