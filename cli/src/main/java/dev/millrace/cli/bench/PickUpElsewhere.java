package dev.millrace.cli.bench;

import dev.millrace.cli.ChildJvm;
import dev.millrace.cli.bench.Engine.Site;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * As {@link PickUp}, by a worker of another process. Its handler notes the time and prints it for this process, which waits for
 * that before it goes on. Both processes read one clock where {@code System.nanoTime} counts from the start of the machine, as on Linux; a handshake makes sure of it, and
 * otherwise the wall clock is read, in microseconds.
 */
record PickUpElsewhere(Engine engine) implements Row {
    private static final int WARM_UP = 200;
    private static final long SEED = 11;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    @Override
    public String name() {
        return engine.name() + "-pickup-process";
    }

    @Override
    public String what() {
        return "the same, by a worker of another process";
    }

    @Override
    public Result measure(Setting setting) throws Exception {
        int samples = setting.scaled(PickUp.USUAL);
        try (Site site = engine.open()) {
            Process child = ChildJvm.of(List.of("-Xmx256m"), site.address(), "bench-worker")
                    .start();
            try (OutputStream toChild = child.getOutputStream();
                    BufferedReader fromChild =
                            new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
                boolean monotonic = sharesClock(toChild, fromChild);
                return measure(site, samples, monotonic, fromChild);
            } finally {
                child.destroy();
                if (!child.waitFor(10, TimeUnit.SECONDS)) {
                    child.destroyForcibly();
                }
            }
        }
    }

    /** Asks the child for its nanoTime: if it lies between two of ours, both read the same clock. */
    private static boolean sharesClock(OutputStream toChild, BufferedReader fromChild) throws IOException {
        String ready = fromChild.readLine();
        if (!"ready".equals(ready)) {
            throw new IllegalStateException("the other process did not start: it said " + ready);
        }
        long before = System.nanoTime();
        say(toChild, "nanos");
        long there = Long.parseLong(String.valueOf(fromChild.readLine()));
        long after = System.nanoTime();
        boolean shared = there >= before && there <= after;
        say(toChild, shared ? "monotonic" : "wall");
        String agreed = fromChild.readLine();
        if (!"agreed".equals(agreed)) {
            throw new IllegalStateException("the other process did not agree: it said " + agreed);
        }
        return shared;
    }

    private static void say(OutputStream toChild, String word) throws IOException {
        toChild.write((word + "\n").getBytes(StandardCharsets.UTF_8));
        toChild.flush();
    }

    private static Result measure(Site site, int samples, boolean monotonic, BufferedReader fromChild)
            throws IOException {
        Random random = new Random(SEED);
        Histogram latency = new Histogram(3);
        int jobs = WARM_UP + samples;
        Tally tally = new Tally(jobs);
        for (int i = 0; i < jobs; i++) {
            LockSupport.parkNanos(PickUp.gap(random));
            long before = monotonic ? System.nanoTime() : BenchWorkerCommand.wallNanos();
            site.millrace().enqueue(Tally.NOOP, Tally.payload(i));
            String line = readLine(fromChild);
            if (line == null) {
                break; // what is missing is counted as lost
            }
            tally.ran(line);
            if (i >= WARM_UP) {
                latency.recordValue(Math.max(0, Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)) - before));
            }
        }
        tally.awaitSettled(site.millrace());
        while (fromChild.ready()) {
            tally.ran(fromChild.readLine());
        }
        return Result.ofLatency(latency).withFaults(tally.duplicates(), tally.lost(site.millrace()));
    }

    /** The next line; null when none comes. */
    private static @Nullable String readLine(BufferedReader fromChild) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!fromChild.ready()) {
            if (System.nanoTime() - deadline > 0) {
                return null;
            }
            LockSupport.parkNanos(100_000);
        }
        return fromChild.readLine();
    }
}
