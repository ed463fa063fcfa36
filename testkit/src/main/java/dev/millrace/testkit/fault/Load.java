package dev.millrace.testkit.fault;

import dev.millrace.JobContext;
import dev.millrace.JobHandle;
import dev.millrace.JobRequest;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.Workflow;
import dev.millrace.WorkflowHandle;
import dev.millrace.spi.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A worker, and a producer beside it that repeats what was not accepted under the same id, as a careful service does. What they
 * do they write into the journal first.
 */
final class Load implements AutoCloseable {
    /** Takes up to a few milliseconds. The payload is the era in which it was enqueued, the result the worker's name. */
    static final JobType<Integer, String> STEP = JobType.of("step", Integer.class, String.class);
    /** Takes as long as the load was told. */
    static final JobType<Integer, String> LONG = JobType.of("long", Integer.class, String.class);

    private final String name;
    private final Millrace millrace;
    private final Journal journal;
    private final Worker worker;
    private final AtomicInteger accepted = new AtomicInteger(-1);
    private final AtomicInteger ended = new AtomicInteger(-1);
    private volatile boolean producing = true;
    private Thread producer = new Thread();

    /**
     * Starts the worker.
     *
     * @param millrace closed with this
     * @param longWait what a run of a {@link #LONG} job waits for
     */
    Load(String name, Millrace millrace, Journal journal, Duration lease, Runnable longWait) {
        this.name = name;
        this.millrace = millrace;
        this.journal = journal;
        this.worker = millrace.worker()
                .name(name)
                .lease(lease, Duration.ofMillis(200))
                .stopGrace(Duration.ofSeconds(5))
                .timeoutGrace(Duration.ofSeconds(1))
                .concurrency(8)
                .handle(STEP, (era, job) -> step(era, job))
                .handle(LONG, (era, job) -> longRun(job, longWait))
                .start();
    }

    private String step(int era, JobContext job) {
        journal.write("S", job.id(), job.token(), name);
        int kind = job.id().hashCode() & 31;
        if (kind < 5) {
            LockSupport.parkNanos(1_000_000L * kind);
        }
        journal.write("E", job.id(), job.token(), name);
        ended.accumulateAndGet(era, Math::max);
        return name;
    }

    private String longRun(JobContext job, Runnable wait) {
        journal.write("S", job.id(), job.token(), name);
        wait.run();
        journal.write("E", job.id(), job.token(), name);
        return name;
    }

    /** Begins to enqueue, a few hundred jobs a second at most, until it is told to stop. */
    void produce(AtomicInteger era, long seed) {
        produce(seed, random -> offer(era.get()));
    }

    /** The same, and one time in two what something holds back: see {@link Flow}. Takes a lock now and then, and keeps it. */
    void produceFlow(AtomicInteger era, long seed) {
        produce(seed, random -> {
            int now = era.get();
            switch (random.nextInt(16)) {
                case 0, 1 -> submit(now, Flow.small(STEP.with(now)));
                case 2 -> offer(now, Flow.together(STEP.with(now), random));
                case 3 -> offer(now, List.of(Flow.grouped(STEP.with(now), random)));
                case 5, 6 -> offer(now, List.of(Flow.keyed(STEP.with(now), random)));
                case 7 -> takeLock();
                default -> offer(now);
            }
        });
    }

    private void produce(long seed, Consumer<Random> offer) {
        Random random = new Random(seed);
        producer = new Thread(
                () -> {
                    while (producing) {
                        offer.accept(random);
                        LockSupport.parkNanos(random.nextInt(4_000_000));
                    }
                },
                name + "-producer");
        producer.setDaemon(true);
        producer.start();
    }

    private void offer(int now) {
        offer(now, List.of(STEP.with(now)));
    }

    private void offer(int now, List<JobRequest<String>> requests) {
        List<JobRequest<String>> known =
                requests.stream().map(one -> one.id(UUID.randomUUID())).toList();
        untilAccepted(now, () -> enqueue(known));
    }

    /** Enqueues one as one, and several in one call. */
    private List<UUID> enqueue(List<JobRequest<String>> requests) {
        if (requests.size() == 1) {
            return List.of(millrace.enqueue(requests.get(0)).id());
        }
        return millrace.enqueueAll(requests).stream().map(JobHandle::id).toList();
    }

    private void submit(int now, Workflow workflow) {
        untilAccepted(now, () -> jobs(millrace.submit(workflow)));
    }

    /** A workflow's head and all its members. */
    static List<UUID> jobs(WorkflowHandle workflow) {
        List<UUID> ids = new ArrayList<>(List.of(workflow.id()));
        workflow.jobs().forEach(job -> ids.add(job.id()));
        return ids;
    }

    private void takeLock() {
        try {
            millrace.tryLock(Flow.LOCK, Duration.ofSeconds(1), name + " " + UUID.randomUUID())
                    .ifPresent(lock -> journal.write("L", lock.token(), name));
        } catch (StoreUnavailableException e) {
            LockSupport.parkNanos(10_000_000);
        } catch (RuntimeException e) {
            journal.write("X", name, "lock:", e);
        }
    }

    /** Repeats it until it is accepted, and writes down what was. */
    private void untilAccepted(int now, Supplier<List<UUID>> call) {
        while (true) {
            try {
                call.get().forEach(id -> journal.write("A", id));
                accepted.accumulateAndGet(now, Math::max);
                return;
            } catch (StoreUnavailableException e) {
                LockSupport.parkNanos(10_000_000);
            } catch (Throwable e) {
                journal.write("X", name, "enqueue:", e);
                return;
            }
        }
    }

    /** Waits until the last job is accepted. */
    void stopProducing(Duration patience) throws InterruptedException {
        producing = false;
        producer.join(patience.toMillis());
        if (producer.isAlive()) {
            throw new AssertionError(name + ": its last job was not accepted within " + patience);
        }
    }

    /** Whether jobs of this era were accepted here and, maybe others, run here. */
    boolean reached(int era) {
        return accepted.get() >= era && ended.get() >= era;
    }

    String name() {
        return name;
    }

    Millrace millrace() {
        return millrace;
    }

    Worker worker() {
        return worker;
    }

    @Override
    public void close() {
        producing = false;
        millrace.close();
    }
}
