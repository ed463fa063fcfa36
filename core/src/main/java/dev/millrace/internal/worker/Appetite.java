package dev.millrace.internal.worker;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** What the worker would take: as much as keeps its hands busy for about 100 ms, unless something holds it back. */
final class Appetite implements Pump.Demand {
    private final WorkerConfig config;
    private final Hands hands;
    private final Holdings holdings;
    private final Caps caps;
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
            Caps caps,
            Meter meter,
            Throttle throttle,
            BooleanSupplier heard) {
        this.config = config;
        this.hands = hands;
        this.holdings = holdings;
        this.caps = caps;
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
        Claim.Next next = next(most, idle && !holdings.hasStruck() ? 1 : 0);
        return caps.within(next, List.of()).<Claim>map(fitting -> fitting).orElseGet(Claim.Nothing::new);
    }

    private Claim.Next next(int most, int struck) {
        return new Claim.Next(config.claimable(paused), config.handlers().keySet(), config.minPriority(), most, struck);
    }

    /**
     * Claims what there is besides, now that a claim came back full: what its limit left out for the sake of a cap, and as much
     * as makes the batches full of those kinds whose handlers take batches.
     *
     * @param claimed what came, to which the rest is added
     * @param store claims from the store
     */
    void claimRest(Claim.Next full, List<ClaimedJob> claimed, Function<Claim.Next, List<ClaimedJob>> store) {
        if (!caps.none()) {
            claimNarrower(full, demand() - claimed.size(), claimed, store);
        }
        config.handlers().forEach((kind, entry) -> {
            if (entry.code() instanceof HandlerEntry.Batch batch) {
                fillBatches(kind, batch.most(), claimed, store);
            }
        });
    }

    private void fillBatches(
            String kind, int size, List<ClaimedJob> claimed, Function<Claim.Next, List<ClaimedJob>> store) {
        long count = claimed.stream()
                .filter(job -> job.spec().kind().equals(kind) && !job.history().struck())
                .count();
        long missing = Math.min((size - count % size) % size, Exchanger.BATCH);
        int most = (int) Math.min(missing, holdings.tasksLeft() - claimed.size());
        if (count == 0 || most <= 0) {
            return;
        }
        Claim.Next all = new Claim.Next(config.claimable(paused), Set.of(kind), config.minPriority(), most, 0);
        caps.within(all, claimed).ifPresent(first -> {
            List<ClaimedJob> came = store.apply(first);
            claimed.addAll(came);
            if (came.size() >= first.limit()) {
                claimNarrower(first, most - came.size(), claimed, store);
            }
        });
    }

    /** Claims on, each time without the tightest cap, until there is nothing more, or so many came. */
    private void claimNarrower(
            Claim.Next full, int most, List<ClaimedJob> claimed, Function<Claim.Next, List<ClaimedJob>> store) {
        int left = most;
        Optional<Claim.Next> next = caps.narrower(full, left, claimed);
        while (next.isPresent()) {
            Claim.Next claim = next.get();
            List<ClaimedJob> came = store.apply(claim);
            claimed.addAll(came);
            left -= came.size();
            next = came.size() < claim.limit() ? Optional.empty() : caps.narrower(claim, left, claimed);
        }
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
