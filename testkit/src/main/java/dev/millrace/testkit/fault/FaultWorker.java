package dev.millrace.testkit.fault;

import dev.millrace.Millrace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A process that enqueues jobs, with all that may hold them back, and runs them and the jobs of schedules until it is killed. */
final class FaultWorker {
    static final Duration LEASE = Duration.ofSeconds(3);

    private FaultWorker() {}

    /** Takes the store's address, the journal's file, a seed, and the worker's name. */
    public static void main(String[] args) throws InterruptedException {
        Journal journal = new Journal(Path.of(args[1]));
        String name = args[3];
        Path thawed = thawed(journal, name);
        Load load = new Load(name, Millrace.open(args[0]), journal, LEASE, () -> awaitFile(thawed));
        load.produceFlow(new AtomicInteger(), Long.parseLong(args[2]));
        journal.write("R", name, ProcessHandle.current().pid());
        Thread.currentThread().join();
    }

    /** The file whose presence says that a process was frozen, and is not any more. */
    static Path thawed(Journal journal, String name) {
        return journal.file().resolveSibling(name + ".thawed");
    }

    private static void awaitFile(Path file) {
        while (Files.notExists(file)) {
            LockSupport.parkNanos(1_000_000);
            Thread.interrupted(); // stubborn: its outcome is to come late
        }
    }
}
