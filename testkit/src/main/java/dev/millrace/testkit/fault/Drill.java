package dev.millrace.testkit.fault;

import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.StoreException;
import dev.millrace.spi.Store;
import dev.millrace.spi.Sweep;
import dev.millrace.testkit.server.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Workers and producers upon an empty place, while whoever drills brings about a fault; and the {@link Audit} of what came of
 * it. The contracts of this package are made of drills, and so are a store's tests for faults that only its engine knows:
 *
 * <pre>{@code
 * try (Drill drill = new Drill(address, folder)) {
 *     drill.work("one", address);
 *     drill.work("two", address);
 *     drill.awaitGoingOn();
 *     server.restart();
 *     long millis = drill.awaitGoingOn();
 *     Audit audit = drill.finish();
 *     audit.print("server restarted", "going on within " + millis + " ms");
 *     audit.assertAllKept();
 * }
 * }</pre>
 *
 * <p>For use by one thread.
 */
public final class Drill implements AutoCloseable {
    /** Whether the long form was asked for, by {@code -Dmillrace.long=true}. */
    public static final boolean LONG = Boolean.getBoolean("millrace.long");

    /** How long is waited for what should come soon. */
    static final Duration PATIENCE = Duration.ofSeconds(60);
    /** A process takes half a second to start, and on a machine that is busy with others many times that. */
    private static final Duration STARTING = Duration.ofSeconds(100);
    /** Long enough for a restart to be over, short enough to be waited for. */
    static final Duration LEASE = Duration.ofSeconds(3);

    private final String address;
    private final List<Load> loads = new ArrayList<>();
    private final List<Millrace> others = new ArrayList<>();
    private final List<ServerProcess> processes = new ArrayList<>();
    private @Nullable Ticks ticks;
    private int number;

    /** What the seed of everything random is, for errors. */
    final long seed = System.nanoTime();

    final Random random = new Random(seed);
    /** What producers put into new jobs: it tells jobs from before a fault from those after it. */
    final AtomicInteger era = new AtomicInteger();
    /** What the runs of {@link Load#LONG} jobs wait for, in a {@link #stubborn} worker. */
    final CountDownLatch gate = new CountDownLatch(1);

    final Path folder;
    final Journal journal;

    /**
     * Begins one.
     *
     * @param address of an empty place, by the way that is not broken
     * @param folder an empty folder for its journal
     */
    public Drill(String address, Path folder) {
        this.address = address;
        this.folder = folder;
        this.journal = new Journal(folder.resolve("journal"));
    }

    /**
     * A worker in this process, with a producer beside it that repeats what was not accepted; both go on until {@link #finish}.
     *
     * @param name no other worker's
     * @param way the place's address by a way that may be broken
     */
    public void work(String name, String way) {
        load(name, way, LEASE);
    }

    /** A number from zero to below this. */
    public int random(int bound) {
        return random.nextInt(bound);
    }

    /** A Millrace at this address, closed after the drill. */
    Millrace millrace(String at) {
        Millrace opened = Millrace.open(at);
        others.add(opened);
        return opened;
    }

    /** A worker in this process, stopped after the drill. */
    Load worker(String name, String at, Duration lease) {
        return add(new Load(name, Millrace.open(at), journal, lease, () -> {}));
    }

    /** A worker in this process that runs {@link Load#LONG} jobs until the gate opens, whatever it is told. */
    Load stubborn(String name, String at, Duration lease) {
        return add(new Load(name, Millrace.open(at), journal, lease, this::awaitGate));
    }

    private Load add(Load load) {
        loads.add(load);
        return load;
    }

    /** A worker in this process, with a producer beside it. */
    Load load(String name, String at, Duration lease) {
        Load load = worker(name, at, lease);
        load.produce(era, random.nextLong());
        return load;
    }

    private void awaitGate() {
        boolean open = false;
        while (!open) {
            try {
                gate.await();
                open = true;
            } catch (InterruptedException e) {
                // stubborn: its outcome is to come late
            }
        }
    }

    /** Starts a process with a worker and a producer at the drill's address, and waits until it works. */
    public ServerProcess process() {
        return process(Map.of());
    }

    ServerProcess process(Map<String, String> environment) {
        String name = "worker-" + ++number;
        var builder = ServerProcess.named(name)
                .folder(folder)
                .command(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FaultWorker.class.getName(),
                        address,
                        journal.file().toString(),
                        Long.toString(random.nextLong()),
                        name);
        environment.forEach(builder::environment);
        ServerProcess started = builder.ready(child -> journal.working(name))
                .patience(STARTING)
                .build()
                .start();
        processes.add(started);
        return started;
    }

    /** Has schedules tick each second from now on until the end, and limits what {@link Flow} enqueues. */
    void tick() {
        Millrace look = millrace(address);
        Flow.limit(look);
        ticks = new Ticks(look);
    }

    /** The processes that were started and not killed. */
    List<ServerProcess> processes() {
        return List.copyOf(processes);
    }

    /** Kills a process that was started here. */
    public void kill(ServerProcess process) {
        journal.write("K", process.name());
        process.kill();
        processes.remove(process);
    }

    /** Kills all processes that were started here: what they had begun is for others to do. */
    public void killProcesses() {
        processes().forEach(this::kill);
    }

    /** Waits until so many more bytes are in the journal: a random point of time. */
    void awaitGrowth(int bytes, BooleanSupplier sane) {
        long goal = journal.size() + bytes;
        until("the workers make progress", () -> {
            if (!sane.getAsBoolean()) {
                throw new AssertionError("a worker has ended by itself");
            }
            return journal.size() >= goal;
        });
    }

    /** Waits until the workers have done a good deal more, a random amount: some tenths of a second's. */
    public void awaitProgress() {
        awaitGrowth(5_000 + random.nextInt(40_000), () -> true);
    }

    /**
     * Waits until every worker of this process has had jobs accepted and run that were enqueued after this call.
     *
     * @return how long that took, in milliseconds
     */
    public long awaitGoingOn() {
        long began = System.nanoTime();
        int now = era.incrementAndGet();
        for (Load load : loads) {
            until(load.name() + " enqueues and runs jobs again", () -> load.reached(now));
        }
        return Duration.ofNanos(System.nanoTime() - began).toMillis();
    }

    /** Lets all jobs come to their end, stops the workers, and holds the journal against the store. */
    public Audit finish() throws InterruptedException {
        for (Load load : loads) {
            load.stopProducing(PATIENCE);
        }
        Millrace look = millrace(address);
        if (ticks != null) {
            ticks.pause(look);
        }
        until("all jobs have ended", () -> quiet(look));
        closeLoads();
        if (!quiet(look)) {
            // Who had read the schedules before they were paused has made a job all the same.
            worker("very last", address, LEASE);
            until("the jobs of the last ticks have ended", () -> quiet(look));
            closeLoads();
        }
        settle(look.store());
        return new Audit(journal, look.store(), ticks == null ? Ticks.Made.NONE : ticks.made(look));
    }

    private void closeLoads() {
        loads.forEach(Load::close);
        loads.clear();
    }

    /** Whatever ended has told everyone whom it concerns, when this returns. */
    void settle(Store store) {
        until(
                "nothing is left to be done",
                () -> !store.sweep(new Sweep(LEASE, 1_000)).more());
    }

    private static boolean quiet(Millrace millrace) {
        try {
            var stats = millrace.stats();
            return stats.count(JobState.READY)
                            + stats.count(JobState.RUNNING)
                            + stats.count(JobState.SCHEDULED)
                            + stats.count(JobState.BLOCKED)
                    == 0;
        } catch (StoreException e) {
            return false; // not yet back
        }
    }

    /** Waits a minute at most until something holds. */
    public void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError("it did not come about within " + PATIENCE + " that " + what + " (seed " + seed
                        + ")"
                        + processes.stream()
                                .map(process -> "; " + process + ", end of its log: " + process.tail())
                                .collect(Collectors.joining()));
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    /** Ends the workers, in whatever state they are. */
    @Override
    public void close() {
        processes.forEach(ServerProcess::kill);
        gate.countDown();
        loads.forEach(Load::close);
        others.forEach(Millrace::close);
        journal.close();
    }
}
