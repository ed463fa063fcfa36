package dev.millrace.internal.worker;

import dev.millrace.Serializer;
import dev.millrace.spi.Claim;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/**
 * What a worker was told.
 *
 * @param name its name, for people
 * @param handlers by kind
 * @param queues in strict order; empty for all queues there are
 * @param minPriority jobs below it are left alone
 * @param timing its times
 * @param threads its threads
 * @param limits when it holds back
 * @param payload how payloads and results are written and read
 */
public record WorkerConfig(
        String name,
        Map<String, HandlerEntry> handlers,
        List<String> queues,
        int minPriority,
        Timing timing,
        Threads threads,
        Limits limits,
        Payload payload) {

    public WorkerConfig {
        handlers = Map.copyOf(handlers);
        queues = List.copyOf(queues);
    }

    /**
     * Its times.
     *
     * @param lease a session not heard of for so long is dead
     * @param heartbeat how often it is heard of
     * @param grace how long running handlers get when the worker is closed
     * @param timeoutGrace how long a handler may go on after its timeout before its thread is given up
     */
    public record Timing(Duration lease, Duration heartbeat, Duration grace, Duration timeoutGrace) {}

    /**
     * Its threads.
     *
     * @param concurrency how many handlers run at once
     * @param kinds how many handlers of a kind may, by kind
     * @param queues how many jobs of a queue may, by queue
     * @param factory makes the threads that they run on
     */
    public record Threads(
            int concurrency, Map<String, Integer> kinds, Map<String, Integer> queues, ThreadFactory factory) {
        public Threads {
            kinds = Map.copyOf(kinds);
            queues = Map.copyOf(queues);
        }
    }

    /**
     * When it holds back.
     *
     * @param tasks stop after so many runs
     * @param memoryMb claim nothing more while the heap in use is larger, in MiB
     * @param cpuPercent claim nothing more while the machine's processors are busier, 1 to 100
     */
    public record Limits(OptionalLong tasks, OptionalLong memoryMb, OptionalInt cpuPercent) {}

    /**
     * How payloads and results are stored.
     *
     * @param serializer turns them into bytes and back
     * @param mostBytes the largest result
     */
    public record Payload(Serializer serializer, int mostBytes) {}

    /** Which queues to claim from now. */
    Claim.Queues claimable(Set<String> paused) {
        return queues.isEmpty()
                ? new Claim.Queues.AllBut(paused)
                : new Claim.Queues.InOrder(
                        queues.stream().filter(queue -> !paused.contains(queue)).toList());
    }
}
