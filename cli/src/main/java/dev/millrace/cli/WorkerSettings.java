package dev.millrace.cli;

import dev.millrace.WorkerBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What can be said of a worker on the command line. */
final class WorkerSettings {
    private static final Duration USUAL_LEASE = Duration.ofSeconds(30);
    private static final Duration USUAL_HEARTBEAT = Duration.ofSeconds(5);

    @Option(
            names = "--queues",
            split = ",",
            paramLabel = "NAME",
            description = "Serve these queues only, in strict order: a,b.")
    private List<String> queues = new ArrayList<>();

    @Option(names = "--concurrency", paramLabel = "N", description = "How many jobs run at once; 16 if left out.")
    private @Nullable Integer concurrency;

    @Option(
            names = "--kind-concurrency",
            split = ",",
            paramLabel = "KIND=N",
            description = "How many jobs of a kind run at once; may be repeated.")
    private Map<String, Integer> kinds = new LinkedHashMap<>();

    @Option(
            names = "--queue-concurrency",
            split = ",",
            paramLabel = "QUEUE=N",
            description = "How many jobs of a queue run at once; may be repeated.")
    private Map<String, Integer> limitedQueues = new LinkedHashMap<>();

    @Option(names = "--min-priority", paramLabel = "N", description = "Leave jobs of a lower priority alone.")
    private @Nullable Integer minPriority;

    @Option(
            names = "--max-tasks",
            paramLabel = "N",
            description = "Stop after so many runs, so that a supervisor starts it anew.")
    private @Nullable Long maxTasks;

    @Option(
            names = "--max-memory-mb",
            paramLabel = "N",
            description = "Claim nothing while more MiB of the heap are in use.")
    private @Nullable Long maxMemoryMb;

    @Option(names = "--max-cpu-percent", paramLabel = "N", description = "Claim nothing while the machine is busier.")
    private @Nullable Integer maxCpuPercent;

    @Option(
            names = "--lease",
            paramLabel = "TIME",
            description =
                    "After which silence it is taken for dead; the same for all workers of a store; 30s if left out.")
    private @Nullable Duration lease;

    @Option(names = "--heartbeat", paramLabel = "TIME", description = "How often it is heard of; 5s if left out.")
    private @Nullable Duration heartbeat;

    @Option(
            names = "--grace",
            paramLabel = "TIME",
            defaultValue = "25s",
            description = "How long running jobs may go on when it stops; 25s if left out.")
    private Duration grace = Duration.ZERO;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What it is called on screens; host, process and number if left out.")
    private @Nullable String name;

    /**
     * The worker with these settings.
     *
     * @throws IllegalArgumentException when one is out of range
     */
    WorkerBuilder apply(WorkerBuilder worker) {
        if (!queues.isEmpty()) {
            worker.queues(queues.toArray(String[]::new));
        }
        if (concurrency != null) {
            worker.concurrency(concurrency);
        }
        kinds.forEach(worker::kindConcurrency);
        limitedQueues.forEach(worker::queueConcurrency);
        if (minPriority != null) {
            worker.minPriority(minPriority);
        }
        if (maxTasks != null) {
            worker.maxTasks(maxTasks);
        }
        if (maxMemoryMb != null) {
            worker.maxMemoryMb(maxMemoryMb);
        }
        if (maxCpuPercent != null) {
            worker.maxCpuPercent(maxCpuPercent);
        }
        if (lease != null || heartbeat != null) {
            worker.lease(lease == null ? USUAL_LEASE : lease, heartbeat == null ? USUAL_HEARTBEAT : heartbeat);
        }
        if (name != null) {
            worker.name(name);
        }
        return worker.stopGrace(grace);
    }

    /** What the worker is to be called; empty when nobody says. */
    String name() {
        return name == null ? "" : name;
    }

    Duration grace() {
        return grace;
    }

    /** What is worth a word when it starts. */
    String shown() {
        return queues.isEmpty() ? ", all queues" : ", queues " + String.join(", ", queues);
    }
}
