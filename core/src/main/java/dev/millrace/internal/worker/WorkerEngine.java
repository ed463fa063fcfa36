package dev.millrace.internal.worker;

import dev.millrace.JobInterrupted;
import dev.millrace.Serializer;
import dev.millrace.WorkerStats;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.Store;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Store.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A worker: puts pump, heart and hands together, knows what it holds, starts and stops. */
public final class WorkerEngine implements RunServices, Heart.Patient, Pump.Demand, Pump.Dispatch, Exchanger.Settled {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerEngine.class);

    private final Store store;
    private final WorkerConfig config;
    private final Consumer<UUID> finished;
    private final Tenure tenure;
    private final Meter meter = new Meter();
    private final Hands hands;
    private final Deadlines deadlines;
    private final Workbench bench;
    private final Exchanger exchanger;
    private final Trouble trouble;
    private final Throttle throttle;
    private final Heart heart;
    private final Subscription subscription;
    private final Pump pump;
    private final StatusLine status;

    private final AtomicInteger inHand = new AtomicInteger();
    private final AtomicInteger struckInHand = new AtomicInteger();
    private final AtomicLong tasksLeft;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Object emptied = new Object();
    private volatile Phase phase = Phase.BUILT;
    private volatile boolean quiet;
    private volatile boolean makeRoomForStruck;
    private volatile Set<String> paused = Set.of();
    private boolean heartBeats;

    /** A worker's life. */
    private enum Phase {
        BUILT,
        STARTED,
        STOPPING,
        STOPPED
    }

    /**
     * @param finished told, on a thread of the worker, of each job that ended here for good
     */
    public WorkerEngine(Store store, WorkerConfig config, Supplier<UUID> ids, Consumer<UUID> finished) {
        this.store = store;
        this.config = config;
        this.finished = finished;
        this.tenure = new Tenure(config.timing().lease(), ids);
        this.hands = new Hands(config.threads().concurrency(), config.threads().factory());
        this.deadlines = new Deadlines(config.name());
        this.bench = new Workbench(config, tenure, deadlines, hands, this::ended);
        this.exchanger = new Exchanger(store, tenure, this);
        this.trouble = new Trouble(config.name());
        this.throttle = new Throttle(config.limits());
        this.status = new StatusLine(config);
        this.heart = new Heart(store, config, tenure, this, trouble);
        this.subscription = store.listen(signals -> {
            if (signals.contains(Signal.READY)) {
                hint();
            }
            if (signals.contains(Signal.CONTROL)) {
                look();
            }
        });
        this.pump = new Pump(config, exchanger, this, this, subscription, trouble);
        this.tasksLeft = new AtomicLong(config.limits().tasks().orElse(Long.MAX_VALUE));
    }

    private void hint() {
        pump.hint();
    }

    private void look() {
        heart.peek();
    }

    /** Opens a session and begins to claim. */
    public synchronized void start() {
        if (phase != Phase.BUILT) {
            throw new IllegalStateException(config.name() + " was started before: build a new worker to start again");
        }
        ensureHeart();
        hands.start();
        phase = Phase.STARTED;
        pump.start();
    }

    private synchronized void ensureHeart() {
        if (!heartBeats) {
            heart.start();
            heartBeats = true;
        }
    }

    /**
     * Stops: claims nothing more, hands back at once what has not begun, gives handlers the grace period, interrupts them,
     * and hands back what they were at. Returns when the store knows, or cannot be told.
     */
    public void stop(Duration grace) {
        synchronized (this) {
            if (phase == Phase.STOPPED) {
                return;
            }
            if (phase == Phase.STARTED) {
                phase = Phase.STOPPING;
                Thread stopper = new Thread(() -> wind(grace), config.name() + "-stop");
                stopper.setDaemon(true);
                stopper.start();
            } else if (phase == Phase.BUILT) {
                phase = Phase.STOPPED;
                closeUp();
                return;
            }
        }
        if (CurrentRun.isOf(this)) {
            return; // a handler that stops its own worker must not wait for itself
        }
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void wind(Duration grace) {
        try {
            for (Hands.Work work : hands.drain()) {
                work.runs().forEach(run -> bench.finish(run, new Outcome.HandedBack(false)));
            }
            pump.wake();
            if (!awaitEmpty(grace)) {
                running().forEach(run -> run.interrupt(JobInterrupted.Reason.STOPPING));
                if (!awaitEmpty(config.timing().timeoutGrace())) {
                    for (Hands.Work work : hands.current()) {
                        LOG.warn(
                                "{}: {} ignores its interrupt; it is handed back, and its thread left behind",
                                config.name(),
                                work.runs());
                        hands.abandon(work);
                        work.runs().forEach(run -> bench.finish(run, new Outcome.HandedBack(true)));
                    }
                }
            }
            pump.end();
            pump.join(Duration.ofSeconds(5));
            sendRest();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closeUp();
        }
    }

    private void sendRest() {
        try {
            while (exchanger.hasOutcomes()) {
                exchanger.exchange(new Claim.Nothing());
            }
        } catch (RuntimeException e) {
            trouble.report(
                    "the store",
                    e,
                    "the last outcomes are lost; their jobs run again after "
                            + config.timing().lease());
        }
    }

    private void closeUp() {
        try {
            pump.end();
            heart.end();
            if (heartBeats) {
                heart.join();
                store.closeSession(tenure.session());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            trouble.report("the store", e, "the session stays open until its lease is over");
        } finally {
            subscription.close();
            deadlines.close();
            hands.end();
            phase = Phase.STOPPED;
            stopped.countDown();
        }
    }

    /** Whether nothing was left in hand before the time was over. */
    private boolean awaitEmpty(Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        synchronized (emptied) {
            while (inHand.get() > 0) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(emptied, left);
            }
        }
        return true;
    }

    /** Waits until the worker has stopped. */
    public boolean awaitStopped(Duration most) throws InterruptedException {
        return stopped.await(most.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Claims one job and runs it on this thread.
     *
     * @return whether there was one
     */
    public boolean runOne() {
        Claim.Next next =
                new Claim.Next(config.claimable(paused), config.handlers().keySet(), config.minPriority(), 1, 1);
        return tasksLeft.get() > 0 && runHere(next);
    }

    /** Claims this job, due or not, and runs it on this thread; false when it could not be claimed. */
    public boolean runNow(UUID job) {
        return runHere(new Claim.One(job, config.handlers().keySet()));
    }

    private boolean runHere(Claim claim) {
        if (phase == Phase.STOPPING || phase == Phase.STOPPED) {
            throw new IllegalStateException(config.name() + " has stopped: build a new worker");
        }
        ensureHeart();
        if (!tenure.valid()) {
            heart.beat();
        }
        ExchangeReply reply = exchanger.exchange(claim);
        if (!reply.open()) {
            heart.beat();
            reply = exchanger.exchange(claim);
        }
        tenure.seen(reply.now());
        for (Hands.Work work : works(reply.claimed())) {
            Thread.interrupted();
            try {
                work.perform();
            } catch (Throwable e) {
                work.broken(e);
            }
        }
        if (exchanger.hasOutcomes()) {
            exchanger.exchange(new Claim.Nothing());
        }
        return !reply.claimed().isEmpty();
    }

    @Override
    public Claim claim() {
        int most = demand();
        if (most <= 0) {
            return new Claim.Nothing();
        }
        int able = hands.able();
        boolean idle = inHand.get() < able;
        int struck = idle && struckInHand.get() == 0 ? 1 : 0;
        if (idle) {
            makeRoomForStruck = false;
        }
        return new Claim.Next(config.claimable(paused), config.handlers().keySet(), config.minPriority(), most, struck);
    }

    @Override
    public boolean backlog() {
        return phase == Phase.STARTED && inHand.get() >= hands.able() && hands.hasWaiting();
    }

    /** How many jobs to claim now. */
    private int demand() {
        if (phase != Phase.STARTED || quiet || throttle.reason() != null) {
            return 0;
        }
        int able = hands.able();
        int held = inHand.get();
        int prefetch = makeRoomForStruck ? 0 : meter.prefetch(able);
        int room = able + prefetch - held;
        if (held > able && room < prefetch / 4) {
            return 0; // a few at a time would cost an exchange each
        }
        return (int) Math.min(Math.min(room, Exchanger.BATCH), tasksLeft.get());
    }

    @Override
    public void claimed(ExchangeReply reply) {
        tenure.seen(reply.now());
        if (!reply.open()) {
            heart.beatNow();
            return;
        }
        hands.submit(works(reply.claimed()));
    }

    /** Turns claims into pieces of work: batches where the handler takes batches, single runs elsewhere. */
    private List<Hands.Work> works(List<ClaimedJob> jobs) {
        inHand.addAndGet(jobs.size());
        tasksLeft.addAndGet(-jobs.size());
        List<Hands.Work> works = new ArrayList<>(jobs.size());
        Map<HandlerEntry, List<Run>> batches = new HashMap<>();
        for (ClaimedJob job : jobs) {
            HandlerEntry entry = config.handlers().get(job.spec().kind());
            if (entry == null) {
                throw new IllegalStateException(
                        "the store gave a job of kind " + job.spec().kind() + ", which was not asked for");
            }
            Run run = new Run(job, entry, this);
            if (job.history().struck()) {
                struckInHand.incrementAndGet();
            }
            if (entry.code() instanceof HandlerEntry.Single single) {
                works.add(bench.single(run, single));
            } else if (entry.code() instanceof HandlerEntry.Batch batch) {
                List<Run> open = job.history().struck()
                        ? new ArrayList<>()
                        : batches.computeIfAbsent(entry, any -> new ArrayList<>());
                open.add(run);
                if (open.size() == batch.most() || job.history().struck()) {
                    works.add(bench.batch(open, batch));
                    batches.remove(entry, open);
                }
            }
        }
        batches.forEach((entry, runs) -> works.add(bench.batch(runs, (HandlerEntry.Batch) entry.code())));
        return works;
    }

    /** A run has come to its end. */
    private void ended(Run run, Outcome outcome) {
        exchanger.add(run, outcome);
        if (run.job().history().struck()) {
            struckInHand.decrementAndGet();
            hint();
        }
        if (inHand.decrementAndGet() == 0 && phase != Phase.STARTED) {
            synchronized (emptied) {
                emptied.notifyAll();
            }
        }
        pump.outcome();
        if (tasksLeft.get() <= 0 && inHand.get() == 0 && phase == Phase.STARTED) {
            LOG.info("{}: has run as many tasks as it was to, and stops", config.name());
            stop(config.timing().grace());
        }
    }

    @Override
    public void settled(List<Run> known, List<Run> recorded) {
        meter.ended(recorded);
        for (Run run : known) {
            finished.accept(run.id());
        }
    }

    @Override
    public Serializer serializer() {
        return config.payload().serializer();
    }

    @Override
    public boolean checkpoint(RunRef run, String step, byte[] value) {
        return store.checkpoint(run, step, value);
    }

    @Override
    public boolean full() {
        return phase == Phase.BUILT || hands.busy() >= hands.able();
    }

    @Override
    public void reported() {
        heart.reported();
    }

    @Override
    public List<Run> running() {
        List<Run> runs = new ArrayList<>();
        hands.current().forEach(work -> runs.addAll(work.runs()));
        return runs;
    }

    @Override
    public String status() {
        return status.json(stats(), phase.name().toLowerCase(Locale.ROOT), quiet, problems());
    }

    @Override
    public void cancelled(List<RunRef> refs) {
        if (refs.isEmpty()) {
            return;
        }
        Set<RunRef> wanted = Set.copyOf(refs);
        for (Hands.Work work : hands.current()) {
            for (Run run : work.runs()) {
                if (!wanted.contains(run.ref())) {
                    continue;
                }
                if (work.runs().size() == 1) {
                    run.interrupt(JobInterrupted.Reason.CANCELLED);
                } else {
                    run.ask(JobInterrupted.Reason.CANCELLED); // its thread is also that of its neighbours
                }
            }
        }
        for (Hands.Work work : hands.waiting()) {
            work.runs().stream()
                    .filter(run -> wanted.contains(run.ref()))
                    .forEach(run -> bench.finish(run, new Outcome.Cancelled()));
        }
    }

    @Override
    public void held(List<BeatReply.Held> held) {
        exchanger.handBackLost(held);
        makeRoomForStruck = inHand.get() >= hands.able();
        pump.wake();
    }

    @Override
    public void command(@Nullable SessionCommand command) {
        if (command == SessionCommand.STOP && phase == Phase.STARTED) {
            LOG.info("{}: was told to stop, and stops", config.name());
            Thread stopper = new Thread(() -> stop(config.timing().grace()), config.name() + "-told-to-stop");
            stopper.setDaemon(true);
            stopper.start();
        } else if (command == SessionCommand.QUIET && !quiet) {
            LOG.info("{}: was told to be quiet, and claims nothing more", config.name());
            quiet = true;
        } else if (command == SessionCommand.RESUME && quiet) {
            LOG.info("{}: goes on claiming", config.name());
            quiet = false;
            hint();
        }
    }

    @Override
    public void claimable() {
        hint();
    }

    @Override
    public void lost() {
        for (Hands.Work work : hands.drain()) {
            work.runs().forEach(run -> bench.finish(run, new Outcome.HandedBack(false)));
        }
        running().forEach(run -> run.interrupt(JobInterrupted.Reason.SESSION_LOST));
    }

    @Override
    public void paused(Set<String> queues) {
        boolean fewer = !queues.containsAll(paused);
        paused = queues;
        if (fewer) {
            hint();
        }
    }

    /** Whether nothing is in hand and the last exchange found nothing to claim. */
    public boolean idle() {
        return phase == Phase.STOPPED || (inHand.get() == 0 && pump.sleeps());
    }

    /** What it has done so far. */
    public WorkerStats stats() {
        int busy = Math.min(hands.busy(), inHand.get());
        return meter.stats(config.name(), busy, Math.max(0, inHand.get() - busy));
    }

    /** What is wrong, one sentence each; empty when all is well. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        String now = trouble.current();
        if (now != null) {
            problems.add("trouble with " + now);
        }
        int abandoned = hands.abandoned();
        if (abandoned > 0) {
            problems.add(abandoned + " threads are held by handlers that ignore interrupts"
                    + (abandoned >= config.threads().concurrency()
                            ? ", as many as the worker may replace: restart it"
                            : ""));
        }
        if (throttle.watches() && throttle.reason() != null) {
            problems.add("claims nothing: " + throttle.reason());
        }
        return problems;
    }

    /** The worker's name. */
    public String name() {
        return config.name();
    }
}
