package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Stats;
import dev.millrace.Worker;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.contract.Books;
import dev.millrace.testkit.server.RedisCluster;
import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Cluster loses the master of a partition under load. */
class RedisClusterFaultTest {
    private static final JobType<Integer, String> STEP = JobType.of("step", Integer.class, String.class);
    private static final int QUEUES = 12;
    private static final Duration NODE_TIMEOUT = Duration.ofSeconds(2);
    /** Lease tokens of jobs first claimed after a failover are above this; those before it count from one. */
    private static final long AFTER_FAILOVER = 1L << 22;

    @TempDir
    Path folder;

    private final Set<UUID> accepted = ConcurrentHashMap.newKeySet();
    private final Set<UUID> finished = ConcurrentHashMap.newKeySet();
    private final Map<UUID, Long> atIt = new ConcurrentHashMap<>();
    private final Queue<Overlap> overlaps = new ConcurrentLinkedQueue<>();
    private final Queue<String> unexpected = new ConcurrentLinkedQueue<>();
    private final AtomicInteger era = new AtomicInteger();
    private final Set<String> reached = ConcurrentHashMap.newKeySet();
    private volatile boolean producing = true;

    /** Two runs of one job at once, by their lease tokens. */
    private record Overlap(UUID job, long earlier, long later) {}

    @Test
    @Timeout(value = 4, unit = TimeUnit.MINUTES)
    void a_master_killed_under_load_is_replaced_and_workers_go_on_by_themselves() throws Exception {
        try (RedisCluster cluster = RedisCluster.start(folder, NODE_TIMEOUT);
                Millrace one = Millrace.open(cluster.address());
                Millrace two = Millrace.open(cluster.address())) {
            work("one", one);
            work("two", two);
            Thread producer = producer(one);
            awaitGoingOn();
            until("there is load", () -> accepted.size() > 200);
            RedisServer replica = cluster.node(3);

            cluster.node(0).process().kill();
            long began = System.nanoTime();
            until("the replica takes over", () -> replica.says("INFO replication", "role:master"));
            long took = millisSince(began);
            awaitGoingOn();
            long recovered = millisSince(began);

            producing = false;
            producer.join(60_000);
            until("all jobs that are there have ended", () -> unfinished(two) == 0);
            report(two, took, recovered);
        }
    }

    private void work(String name, Millrace millrace) {
        Worker worker = millrace.worker()
                .name(name)
                .lease(Duration.ofSeconds(5), Duration.ofMillis(500))
                .concurrency(8)
                .handle(STEP, (number, job) -> {
                    Long other = atIt.put(job.id(), job.token());
                    if (other != null) {
                        overlaps.add(new Overlap(job.id(), Math.min(other, job.token()), Math.max(other, job.token())));
                    }
                    LockSupport.parkNanos(1_000_000);
                    atIt.remove(job.id(), job.token());
                    finished.add(job.id());
                    reached.add(number + ":" + job.queue());
                    return name;
                })
                .start();
        assertThat(worker).isNotNull();
    }

    /** Enqueues to all queues in turn, so to all masters. */
    private Thread producer(Millrace millrace) {
        Thread thread = new Thread(() -> {
            for (int i = 0; producing; i++) {
                offer(millrace, "q" + i % QUEUES, UUID.randomUUID());
                LockSupport.parkNanos(2_000_000);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void offer(Millrace millrace, String queue, UUID id) {
        while (true) {
            try {
                millrace.enqueue(STEP.with(era.get()).queue(queue).id(id));
                accepted.add(id);
                return;
            } catch (StoreUnavailableException e) {
                LockSupport.parkNanos(10_000_000);
            } catch (RuntimeException e) {
                unexpected.add(e.toString());
                return;
            }
        }
    }

    /** Waits until jobs of all queues that were enqueued after this call have run. */
    private void awaitGoingOn() {
        int now = era.incrementAndGet();
        until("jobs of all queues run", () -> {
            for (int queue = 0; queue < QUEUES; queue++) {
                if (!reached.contains(now + ":q" + queue)) {
                    return false;
                }
            }
            return true;
        });
    }

    private void report(Millrace millrace, long took, long recovered) {
        int lost = 0;
        int settledTwice = 0;
        for (UUID id : accepted) {
            List<JobRecord> found = millrace.store().get(List.of(id));
            if (found.isEmpty() || found.get(0).state() != JobState.SUCCEEDED) {
                lost++;
            } else if (found.get(0).run().rescues() > 0) {
                long successes = millrace.store().trail(id).runs().stream()
                        .filter(run -> run.end() == RunEnd.SUCCEEDED)
                        .count();
                settledTwice += successes > 1 ? 1 : 0;
            }
        }
        List<Overlap> runTwice = overlaps.stream()
                .filter(overlap -> byLiveSessions(millrace, overlap))
                .toList();
        System.out.printf(
                "[redis] master of a Cluster killed: accepted %d, lost %d, settled twice %d, run twice at once %d, replica"
                        + " took over within %d ms, all queues going on within %d ms%n",
                accepted.size(), lost, settledTwice, runTwice.size(), took, recovered);
        assertThat(accepted).hasSizeGreaterThan(200);
        assertThat(settledTwice).isZero();
        assertThat(runTwice).isEmpty();
        assertThat(unexpected).isEmpty();
        assertThat(Books.faults(millrace.store())).isEmpty();
    }

    /**
     * Whether neither of the causes is to be seen for which a job may run twice at once: the session of the earlier run was silent
     * for a lease, which a rescue records, or the failover lost its claim, so that the later one was made in another history.
     */
    private static boolean byLiveSessions(Millrace millrace, Overlap overlap) {
        boolean rescued = millrace.store().trail(overlap.job()).runs().stream()
                .anyMatch(run -> run.token() == overlap.earlier() && run.end() == RunEnd.RESCUED);
        boolean lost = overlap.earlier() < AFTER_FAILOVER && overlap.later() >= AFTER_FAILOVER;
        return !rescued && !lost;
    }

    private static long unfinished(Millrace millrace) {
        Stats stats;
        try {
            stats = millrace.stats();
        } catch (StoreUnavailableException e) {
            return -1; // its connection to the new master is being made
        }
        return stats.count(JobState.READY) + stats.count(JobState.RUNNING) + stats.count(JobState.SCHEDULED);
    }

    private static long millisSince(long began) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    private static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited 60 s until " + what).isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }
}
