package dev.millrace.sqlite.crash;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** A process that enqueues jobs and runs them until it is killed. What it does it writes into the journal first. */
final class CrashWorker {
    static final JobType<Integer, Integer> STEP = JobType.of("step", Integer.class, Integer.class);

    private CrashWorker() {}

    public static void main(String[] args) throws Exception {
        Journal journal = new Journal(Path.of(args[1]));
        Random random = new Random(Long.parseLong(args[2]));
        try (Millrace millrace = Millrace.open(args[0])) {
            work(millrace, journal);
            journal.write("R", ProcessHandle.current().pid());
            for (int number = 0; ; number++) {
                journal.write("A", millrace.enqueue(STEP, number).id());
                if (random.nextInt(4) == 0) {
                    LockSupport.parkNanos(random.nextInt(2_000_000));
                }
            }
        }
    }

    /** A worker whose handlers write when they begin and when they end. */
    static Worker work(Millrace millrace, Journal journal) {
        long pid = ProcessHandle.current().pid();
        return millrace.worker()
                .lease(Duration.ofSeconds(3), Duration.ofMillis(200))
                .concurrency(8)
                .handle(STEP, (number, job) -> {
                    journal.write("S", job.id(), job.token(), pid);
                    if (number % 7 == 0) {
                        LockSupport.parkNanos(1_000_000L * (number % 5));
                    }
                    journal.write("E", job.id(), job.token(), pid);
                    return number;
                })
                .start();
    }
}
