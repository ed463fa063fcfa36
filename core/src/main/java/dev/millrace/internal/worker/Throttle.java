package dev.millrace.internal.worker;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says when the worker should claim nothing more because the process or the machine has its hands full. */
final class Throttle {
    private static final Logger LOG = LoggerFactory.getLogger(Throttle.class);
    private static final long LOOK_EVERY_NANOS = 100_000_000L;
    /** Heap in use includes garbage. While nothing is claimed, nothing may ever collect it, so we ask now and then. */
    private static final long COLLECT_EVERY_NANOS = 10_000_000_000L;

    /** The load is a moving mean over about so long, beginning with zero: a short burst holds nothing back. */
    private static final double CPU_MEMORY_NANOS = 10_000_000_000.0;

    private final WorkerConfig.Limits limits;
    private long lookedAt = System.nanoTime() - LOOK_EVERY_NANOS;
    private long collectedAt = System.nanoTime() - COLLECT_EVERY_NANOS;
    private long loadAt = System.nanoTime();
    private double meanLoad;
    private volatile @Nullable String reason;

    Throttle(WorkerConfig.Limits limits) {
        this.limits = limits;
    }

    /** Whether there is a limit that has to be looked at again and again. */
    boolean watches() {
        return limits.memoryMb().isPresent() || limits.cpuPercent().isPresent();
    }

    /** Why nothing should be claimed now; null when it should. */
    @Nullable
    String reason() {
        long now = System.nanoTime();
        if (watches() && now - lookedAt >= LOOK_EVERY_NANOS) {
            lookedAt = now;
            String before = reason;
            String after = look(now);
            reason = after;
            if (after != null && before == null) {
                LOG.info("claiming nothing more for now: {}; jobs stay READY for other workers", after);
            }
        }
        return reason;
    }

    private @Nullable String look(long now) {
        if (limits.memoryMb().isPresent()) {
            long most = limits.memoryMb().getAsLong();
            long used = heapMb();
            if (used > most && now - collectedAt >= COLLECT_EVERY_NANOS) {
                collectedAt = now;
                System.gc();
                used = heapMb();
            }
            if (used > most) {
                return "the heap holds " + used + " MiB, more than maxMemoryMb " + most;
            }
        }
        if (limits.cpuPercent().isPresent()) {
            double load = Math.max(
                    0,
                    ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                            .getCpuLoad());
            double weight = 1 - Math.exp(-(now - loadAt) / CPU_MEMORY_NANOS);
            loadAt = now;
            meanLoad += (load * 100 - meanLoad) * weight;
            if (meanLoad > limits.cpuPercent().getAsInt()) {
                return "the processors are " + Math.round(meanLoad) + " % busy, more than maxCpuPercent "
                        + limits.cpuPercent().getAsInt();
            }
        }
        return null;
    }

    private static long heapMb() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20;
    }
}
