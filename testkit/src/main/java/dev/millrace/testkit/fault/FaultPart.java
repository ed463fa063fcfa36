package dev.millrace.testkit.fault;

import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.StoreException;
import dev.millrace.spi.SessionRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** One part of the contract: an empty place and a journal for each test, and loads upon it. */
@ExtendWith(OuterCrashContract.class)
abstract class FaultPart {
    /** How long a test waits for what should come soon. */
    static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Long enough for a restart to be over, short enough to be waited for. */
    static final Duration LEASE = Duration.ofSeconds(3);

    private final List<Load> loads = new ArrayList<>();
    private final List<Millrace> others = new ArrayList<>();

    /** What the seed of everything random is, for errors. */
    final long seed = System.nanoTime();

    final Random random = new Random(seed);
    /** What producers put into new jobs: it tells jobs from before a fault from those after it. */
    final AtomicInteger era = new AtomicInteger();
    /** What the runs of {@link Load#LONG} jobs wait for, in a {@link #stubborn} worker. */
    final CountDownLatch gate = new CountDownLatch(1);

    @TempDir
    Path folder;

    CrashFixture place;
    Journal journal;

    @BeforeEach
    void open(CrashContract outer) {
        place = outer.fixture();
        journal = new Journal(folder.resolve("journal"));
    }

    @AfterEach
    void close() {
        gate.countDown();
        loads.forEach(Load::close);
        others.forEach(Millrace::close);
        journal.close();
        place.close();
    }

    /** A Millrace at this address, closed after the test. */
    Millrace millrace(String address) {
        Millrace opened = Millrace.open(address);
        others.add(opened);
        return opened;
    }

    /** A worker in this process, stopped after the test. */
    Load worker(String name, String address, Duration lease) {
        return add(new Load(name, Millrace.open(address), journal, lease, () -> {}));
    }

    /** A worker in this process that runs {@link Load#LONG} jobs until the gate opens, whatever it is told. */
    Load stubborn(String name, String address, Duration lease) {
        return add(new Load(name, Millrace.open(address), journal, lease, this::awaitGate));
    }

    private Load add(Load load) {
        loads.add(load);
        return load;
    }

    /** A worker in this process, with a producer beside it. */
    Load load(String name, String address, Duration lease) {
        Load load = worker(name, address, lease);
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

    /**
     * Waits until every load has had jobs accepted and run that were enqueued after this call.
     *
     * @return how long that took, in milliseconds
     */
    long awaitGoingOn() {
        long began = System.nanoTime();
        int now = era.incrementAndGet();
        for (Load load : loads) {
            until(load.name() + " enqueues and runs jobs again", () -> load.reached(now));
        }
        return Duration.ofNanos(System.nanoTime() - began).toMillis();
    }

    /** Lets all jobs come to their end, stops the workers, and holds the journal against the store. */
    Audit finish() throws InterruptedException {
        for (Load load : loads) {
            load.stopProducing(PATIENCE);
        }
        Millrace look = millrace(place.address());
        until("all jobs have ended", () -> quiet(look));
        loads.forEach(Load::close);
        loads.clear();
        return new Audit(journal, look.store());
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

    /** The open sessions of the worker of this name. */
    static List<SessionRecord> openSessions(Millrace millrace, String worker) {
        return millrace.store().sessions().stream()
                .filter(session ->
                        session.closedAt() == null && session.worker().equals(worker))
                .toList();
    }

    /** What else an error is to tell. */
    String more() {
        return "";
    }

    /** Whether something holds before the time is over. */
    static boolean within(Duration most, BooleanSupplier condition) {
        long deadline = System.nanoTime() + most.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            LockSupport.parkNanos(5_000_000);
        }
        return true;
    }

    /** Waits until something holds. */
    void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError(
                        "it did not come about within " + PATIENCE + " that " + what + " (seed " + seed + ")" + more());
            }
            LockSupport.parkNanos(2_000_000);
        }
    }
}
