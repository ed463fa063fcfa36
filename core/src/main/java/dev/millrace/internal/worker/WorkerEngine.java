package dev.millrace.internal.worker;

import dev.millrace.JobInterrupted;
import dev.millrace.WorkerStats;
import dev.millrace.internal.Nanos;
import dev.millrace.internal.events.Events;
import dev.millrace.internal.schedule.Firing;
import dev.millrace.internal.stats.Tally;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Keys.Member;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.Store;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Store.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A worker: puts pump, heart and hands together, starts and stops them, and carries messages between them. */
public final class WorkerEngine
        implements Heart.Patient, Pump.Dispatch, Pump.Attention, Exchanger.Settled, Aftermath.Ends {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerEngine.class);

    private final Store store;
    private final WorkerConfig config;
    private final Consumer<UUID> finished;
    private final RunServices services;
    private final Tenure tenure;
    private final Hands hands;
    private final Crew crew;
    private final Holdings holdings;
    private final Caps caps;
    private final Meter meter = new Meter();
    private final Bookkeeper bookkeeper;
    private final Firing firing;
    private final RunEvents events;
    private final Throttle throttle;
    private final Appetite appetite;
    private final Deadlines deadlines;
    private final Deadlines looks;
    private final Aftermath aftermath;
    private final Workbench bench;
    private final Exchanger exchanger;
    private final Trouble trouble;
    private final Heart heart;
    private final Upkeep upkeep;
    private final Attendance attendance;
    private final Subscription subscription;
    private final Pump pump;
    private final StatusLine status;
    private final Diagnosis diagnosis;
    private final OwnThread ownThread;

    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile Phase phase = Phase.BUILT;

    /** A worker's life. */
    private enum Phase {
        BUILT,
        STARTED,
        STOPPING,
        STOPPED
    }

    /**
     * Puts a worker together.
     *
     * @param ids makes ids of sessions
     * @param events told of each run's begin and recorded end
     * @param finished told, on a thread of the worker, of each job that ended here for good, and of workflows that may have with it
     * @param kin finds what runs ask of the jobs around theirs
     */
    public WorkerEngine(
            Store store,
            WorkerConfig config,
            Supplier<UUID> ids,
            Events events,
            Consumer<UUID> finished,
            Kin.Finder kin) {
        this.store = store;
        this.config = config;
        this.finished = finished;
        this.tenure = new Tenure(config.timing().lease(), ids);
        this.hands = new Hands(config.threads().concurrency(), config.threads().factory());
        this.holdings = new Holdings(config.limits().tasks().orElse(Long.MAX_VALUE));
        this.caps = new Caps(config);
        this.throttle = new Throttle(config.limits());
        this.appetite = new Appetite(config, hands, holdings, caps, meter, throttle, tenure::valid);
        this.deadlines = new Deadlines(config.name() + "-timeouts");
        this.looks = new Deadlines(config.name() + "-aftermath");
        this.services = new StoreServices(store, config, kin, this::full, this::reported);
        this.aftermath = new Aftermath(services::transactions, looks, deadlines, this);
        this.events = new RunEvents(events, config.name(), tenure);
        this.bench = new Workbench(config, tenure, deadlines, hands, this.events, this, aftermath);
        this.crew = new Crew(config.name(), hands, bench);
        this.exchanger = new Exchanger(store, tenure, this);
        this.trouble = new Trouble(config.name());
        Trouble heartTrouble = new Trouble(config.name());
        this.status = new StatusLine(config);
        this.firing = new Firing(store, config.name(), events);
        Upkeep.Troubles upkeepTroubles = new Upkeep.Troubles(new Trouble(config.name()), new Trouble(config.name()));
        this.diagnosis = new Diagnosis(
                config,
                hands,
                throttle,
                firing,
                List.of(trouble, heartTrouble, upkeepTroubles.sweeping(), upkeepTroubles.schedules()));
        this.heart = new Heart(store, config, tenure, this, heartTrouble);
        this.bookkeeper = new Bookkeeper(store, meter);
        this.upkeep = new Upkeep(store, config, bookkeeper, firing, upkeepTroubles, exchanger::sendSetAside);
        this.attendance = new Attendance(store, tenure, heart, upkeep, bookkeeper, config.name());
        Settler settler = store.settlesBeside() ? new Settler(config, exchanger, this, trouble, this::claimable) : null;
        this.pump = new Pump(config, exchanger, appetite, this, this, trouble, settler);
        this.ownThread = new OwnThread(store, config, tenure, heart, exchanger, holdings, crew, this::works);
        // Last of all: a store may signal at once.
        this.subscription = store.listen(signals -> {
            if (signals.contains(Signal.READY)) {
                claimable();
            }
            if (signals.contains(Signal.CONTROL)) {
                attendance.look();
            }
        });
    }

    private boolean full() {
        return phase == Phase.BUILT || hands.busy() >= hands.able();
    }

    private void reported() {
        heart.reported();
    }

    /** Opens a session and begins to claim. */
    public synchronized void start() {
        if (phase != Phase.BUILT) {
            throw new IllegalStateException(config.name() + " was started before: build a new worker to start again");
        }
        phase = Phase.STARTED; // the session says so from its first moment
        try {
            attendance.ensure();
        } catch (RuntimeException | Error e) {
            phase = Phase.BUILT;
            throw e;
        }
        hands.start();
        appetite.begin();
        pump.start();
    }

    /**
     * Stops: claims nothing more, hands back at once what has not begun, gives handlers the grace period, interrupts them,
     * and hands back what they were at. Returns when the store knows, or cannot be told; at once when a handler of this worker
     * calls it.
     */
    public void stop(Duration grace) {
        beginStop(grace);
        boolean interrupted = false;
        while (!CurrentRun.isOf(services) && stopped.getCount() > 0) {
            try {
                stopped.await();
            } catch (InterruptedException e) {
                // What runs must end before the store is closed, whatever the caller's thread was told.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Begins what {@link #stop} does, and returns at once. */
    public synchronized void beginStop(Duration grace) {
        appetite.end();
        if (phase == Phase.STARTED || phase == Phase.BUILT) {
            phase = Phase.STOPPING;
            inBackground("stop", () -> wind(grace));
        }
    }

    private void inBackground(String what, Runnable task) {
        Thread thread = new Thread(task, config.name() + "-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    private void wind(Duration grace) {
        try {
            bench.handBackWaiting();
            pump.wake();
            letFinish(grace);
            pump.end();
            pump.join(Duration.ofSeconds(5));
            bench.handBackWaiting(); // what came with the last exchange
            letFinish(grace);
            exchanger.sendRest(config.name(), trouble, config.timing().lease());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closeUp();
        }
    }

    private void letFinish(Duration grace) throws InterruptedException {
        if (!holdings.awaitEmpty(grace)) {
            crew.interrupt(JobInterrupted.Reason.STOPPING);
            if (!holdings.awaitEmpty(config.timing().timeoutGrace())) {
                crew.leaveBehind();
                aftermath.leave();
            }
        }
    }

    private void closeUp() {
        try {
            pump.end();
            attendance.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            trouble.report("the store", e, "the session stays open until its lease is over");
        } finally {
            subscription.close();
            deadlines.close();
            looks.close();
            hands.end();
            phase = Phase.STOPPED;
            stopped.countDown();
        }
    }

    /** Waits until the worker has stopped; false when it has not in that time. */
    public boolean awaitStopped(Duration most) throws InterruptedException {
        return stopped.await(Nanos.of(most), TimeUnit.NANOSECONDS);
    }

    /** Makes the jobs of ticks that are due, on this thread. */
    public void fireSchedules() {
        refuseIfStopped();
        Duration unused = firing.fire();
    }

    /**
     * Claims the next job and runs it on this thread.
     *
     * @return whether there was one
     */
    public boolean runOne() {
        refuseIfStopped();
        attendance.ensure();
        appetite.paused(QueueSettings.paused(store));
        return ownThread.run(appetite.one());
    }

    /** Claims this job, due or not, and runs it on this thread; false when it could not be claimed. */
    public boolean runNow(UUID job) {
        refuseIfStopped();
        attendance.ensure();
        return ownThread.run(new Claim.One(job, config.handlers().keySet()));
    }

    /**
     * Lets what ended jobs owe to others land, which some engines leave to a sweep, and looks for what is READY by that.
     *
     * @return whether any job is BLOCKED at all; when none is, nothing was done
     */
    public boolean releaseBlocked() {
        boolean blocked = ownThread.letThrough();
        if (blocked) {
            pump.hint();
        }
        return blocked;
    }

    private void refuseIfStopped() {
        if (phase == Phase.STOPPING || phase == Phase.STOPPED) {
            throw new IllegalStateException(config.name() + " has stopped: build a new worker");
        }
    }

    @Override
    public void claimed(Claim claim, Exchanger.Brought brought) {
        ExchangeReply reply = brought.reply();
        tenure.seen(reply.now());
        if (!reply.open()) {
            heart.beatNow();
            return;
        }
        List<ClaimedJob> jobs = new ArrayList<>(reply.claimed());
        if (claim instanceof Claim.Next next && jobs.size() >= next.limit()) {
            appetite.claimRest(next, jobs, more -> claimMore(more, brought.session()));
        }
        List<Hands.Work> works = works(jobs, brought.session());
        if (phase == Phase.STARTED) {
            hands.submit(works);
        } else {
            bench.handBack(works); // the stop has begun while they came
        }
    }

    /** What is there besides; the pump will meet a store that fails soon enough. */
    private List<ClaimedJob> claimMore(Claim more, UUID session) {
        try {
            Exchanger.Brought brought = exchanger.exchange(more);
            if (brought.session().equals(session)) {
                return brought.reply().claimed();
            }
            exchanger.giveUp(brought);
            return List.of();
        } catch (RuntimeException e) {
            LOG.debug("{}: it goes on with what it has: {}", config.name(), e.toString());
            return List.of();
        }
    }

    private List<Hands.Work> works(List<ClaimedJob> jobs, UUID session) {
        List<Hands.Work> works = bench.works(jobs, session, services);
        holdings.claimed(works);
        caps.claimed(works);
        return works;
    }

    @Override
    public void ended(Run run, Outcome outcome) {
        makeRoom(run);
        exchanger.add(run, outcome);
        left(run);
    }

    @Override
    public void recorded(Run run) {
        makeRoom(run);
        exchanger.recorded(run.ref());
        settled(List.of(run), List.of(run));
        left(run);
    }

    @Override
    public void left(Run run) {
        makeRoom(run);
        holdings.ended(run);
        if (run.job().history().struck()) {
            pump.hint();
        }
        pump.outcome();
        if (holdings.tasksLeft() == 0 && holdings.count() == 0 && phase == Phase.STARTED) {
            LOG.info("{}: has run as many tasks as it was to, and stops", config.name());
            inBackground("done", () -> stop(config.timing().grace()));
        }
    }

    /** Before its end is told of: whoever finds nothing in hand any more finds the hint that there may be something to claim. */
    private void makeRoom(Run run) {
        if (caps.ended(run)) {
            pump.hint();
        }
    }

    @Override
    public void settled(List<Run> known, List<Run> recorded) {
        meter.ended(recorded);
        events.ended(recorded);
        for (Run run : known) {
            finished.accept(run.id());
            Member member = run.job().spec().keys().member();
            if (member != null) {
                finished.accept(member.workflow());
            }
        }
    }

    @Override
    public List<Run> running() {
        return crew.running();
    }

    @Override
    public List<Run> waiting() {
        return crew.waiting();
    }

    @Override
    public String status() {
        List<String> wrong = problems().stream().map(Problem::text).toList();
        return status.json(stats(), meter.rates(), phase.name().toLowerCase(Locale.ROOT), appetite.quiet(), wrong);
    }

    @Override
    public void cancelled(List<RunRef> refs) {
        if (!refs.isEmpty()) {
            crew.cancel(Set.copyOf(refs));
        }
    }

    @Override
    public void held(List<BeatReply.Held> held) {
        exchanger.handBackUnknown(held);
        if (hands.stuck()) {
            bench.handBackWaiting(); // another worker may have a hand free
        }
        appetite.letStruckIn();
        pump.wake();
    }

    @Override
    public void command(@Nullable SessionCommand command) {
        if (command == SessionCommand.STOP && phase == Phase.STARTED) {
            LOG.info("{}: was told to stop, and stops", config.name());
            inBackground("told-to-stop", () -> stop(config.timing().grace()));
        } else if (command == SessionCommand.QUIET && !appetite.quiet()) {
            LOG.info("{}: was told to be quiet, and claims nothing more", config.name());
            appetite.quiet(true);
        } else if (command == SessionCommand.RESUME && appetite.quiet()) {
            LOG.info("{}: goes on claiming", config.name());
            appetite.quiet(false);
            pump.hint();
        }
    }

    @Override
    public void attentive(boolean value) {
        subscription.attentive(value);
    }

    @Override
    public void beaten() {
        upkeep.sweepSoon();
    }

    @Override
    public void claimable() {
        pump.hint();
    }

    @Override
    public void lost() {
        bench.handBackWaiting();
        crew.interrupt(JobInterrupted.Reason.SESSION_LOST);
    }

    @Override
    public void paused(Set<String> queues) {
        if (appetite.paused(queues)) {
            pump.hint();
        }
    }

    /** Whether nothing is in hand and the last exchange found nothing to claim. */
    public boolean idle() {
        return phase == Phase.STOPPED || (holdings.count() == 0 && pump.sleeps());
    }

    /** What it has done so far. */
    public WorkerStats stats() {
        int held = holdings.count();
        int busy = Math.min(crew.running().size(), held);
        return meter.stats(config.name(), busy, held - busy);
    }

    /** What it has done and the store does not know of yet, by queue. */
    public Map<String, Tally> unbooked() {
        return bookkeeper.unbooked();
    }

    /** What is wrong; empty when all is well. */
    public List<Problem> problems() {
        return phase == Phase.STOPPED ? List.of() : diagnosis.problems();
    }

    /** Whether more threads are lost to handlers than may be replaced. */
    public boolean needsRestart() {
        return phase != Phase.STOPPED && diagnosis.needsRestart();
    }

    /** The worker's name. */
    public String name() {
        return config.name();
    }
}
