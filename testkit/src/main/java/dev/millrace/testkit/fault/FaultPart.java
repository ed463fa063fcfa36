package dev.millrace.testkit.fault;

import dev.millrace.Millrace;
import dev.millrace.spi.SessionRecord;
import java.nio.file.Path;
import java.time.Duration;
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

/** One part of the contract: a {@link Drill} on an empty place for each test. */
@ExtendWith(OuterCrashContract.class)
abstract class FaultPart {
    static final Duration PATIENCE = Drill.PATIENCE;
    static final Duration LEASE = Drill.LEASE;

    @TempDir
    Path folder;

    CrashFixture place;
    Drill drill;
    Journal journal;
    Random random;
    AtomicInteger era;
    CountDownLatch gate;

    @BeforeEach
    void open(CrashContract outer) {
        place = outer.fixture();
        drill = new Drill(place.address(), folder);
        journal = drill.journal;
        random = drill.random;
        era = drill.era;
        gate = drill.gate;
    }

    @AfterEach
    void close() {
        drill.close();
        place.close();
    }

    /** A Millrace at this address, closed after the test. */
    Millrace millrace(String address) {
        return drill.millrace(address);
    }

    /** A worker in this process, stopped after the test. */
    Load worker(String name, String address, Duration lease) {
        return drill.worker(name, address, lease);
    }

    /** A worker in this process that runs {@link Load#LONG} jobs until the gate opens, whatever it is told. */
    Load stubborn(String name, String address, Duration lease) {
        return drill.stubborn(name, address, lease);
    }

    /** A worker in this process, with a producer beside it. */
    Load load(String name, String address, Duration lease) {
        return drill.load(name, address, lease);
    }

    /** Waits until so many more bytes are in the journal: a random point of time. */
    void awaitGrowth(int bytes, BooleanSupplier sane) {
        drill.awaitGrowth(bytes, sane);
    }

    /** Waits until every load enqueues and runs jobs again, and tells how many milliseconds that took. */
    long awaitGoingOn() {
        return drill.awaitGoingOn();
    }

    /** Lets all jobs come to their end, stops the workers, and holds the journal against the store. */
    Audit finish() throws InterruptedException {
        return drill.finish();
    }

    /** The open sessions of the worker of this name. */
    static List<SessionRecord> openSessions(Millrace millrace, String worker) {
        return millrace.store().sessions().stream()
                .filter(session ->
                        session.closedAt() == null && session.worker().equals(worker))
                .toList();
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
        drill.until(what, condition);
    }
}
