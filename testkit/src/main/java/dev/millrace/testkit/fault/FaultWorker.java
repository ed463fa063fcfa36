package dev.millrace.testkit.fault;

import dev.millrace.Millrace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A process that enqueues jobs and runs them until it is killed. */
final class FaultWorker {
    static final Duration LEASE = Duration.ofSeconds(3);

    private FaultWorker() {}

    /** Takes the store's address, the journal's file, a seed, and the worker's name. */
    public static void main(String[] args) throws InterruptedException {
        Journal journal = new Journal(Path.of(args[1]));
        String name = args[3];
        Load load = new Load(name, Millrace.open(args[0]), journal, LEASE, FaultWorker::awaitThaw);
        load.produce(new AtomicInteger(), Long.parseLong(args[2]));
        journal.write("R", name, ProcessHandle.current().pid());
        Thread.currentThread().join();
    }

    /** Returns once the process has stood still for most of a lease, which it notices by the clock. */
    private static void awaitThaw() {
        long last = System.nanoTime();
        long now = last;
        while (now - last < LEASE.toNanos() * 2 / 3) {
            last = now;
            LockSupport.parkNanos(1_000_000);
            Thread.interrupted(); // stubborn: its outcome is to come late
            now = System.nanoTime();
        }
    }
}
