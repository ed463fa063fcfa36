package dev.millrace.testkit.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A server under test, as a child process of this JVM: it can be stopped, killed, frozen and started again. What it prints
 * goes into a log file, whose end is in every error. It is killed, with all that it started, when this JVM ends.
 *
 * <p>A server that cannot be started is an error: no test is skipped for it. Safe for use from any thread, one call at a time.
 */
public final class ServerProcess implements AutoCloseable {
    private static final int TAIL = 3_000;
    private static final Set<ServerProcess> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> RUNNING.forEach(ServerProcess::killTree), "end-servers-under-test"));
    }

    private final ServerProcessBuilder settings;
    private final Path log;
    private volatile @Nullable Process process;
    private long startOfLog;

    ServerProcess(ServerProcessBuilder settings) {
        this.settings = settings;
        this.log = settings.folder().resolve(settings.name() + ".log");
    }

    /**
     * A server to be.
     *
     * @param name what it is called in errors, and its log file is named after
     */
    public static ServerProcessBuilder named(String name) {
        return new ServerProcessBuilder(name);
    }

    /**
     * Starts it, and waits until it is ready.
     *
     * @return this server
     * @throws IllegalStateException when it runs already, ends at once or is not ready in time: with the end of its log
     */
    public synchronized ServerProcess start() {
        start(System.nanoTime() + settings.patience().toNanos());
        return this;
    }

    private void start(long deadline) {
        if (alive()) {
            throw new IllegalStateException(settings.name() + " runs already, as process " + pid());
        }
        try {
            startOfLog = Files.exists(log) ? Files.size(log) : 0;
            ProcessBuilder builder = new ProcessBuilder(settings.wholeCommand())
                    .directory(settings.folder().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            Map<String, String> environment = builder.environment();
            environment.putAll(settings.environment());
            process = builder.start();
        } catch (IOException e) {
            throw new IllegalStateException(
                    settings.name() + " did not start: " + e.getMessage() + ". Is it installed, and on the PATH?", e);
        }
        RUNNING.add(this);
        awaitReady(process, deadline);
    }

    private void awaitReady(Process started, long deadline) {
        @Nullable Exception[] last = new Exception[1];
        boolean ready = await(settings.patience(), () -> {
            try {
                return settings.ready().test(this) || !started.isAlive();
            } catch (Exception e) {
                last[0] = e;
                return !started.isAlive();
            }
        });
        if (ready && started.isAlive()) {
            return;
        }
        if (!started.isAlive() && portWasTaken() && System.nanoTime() - deadline < 0) {
            // Someone else looked whether the port is free, which nobody can do without taking it for a moment.
            kill();
            LockSupport.parkNanos(20_000_000);
            start(deadline);
            return;
        }
        String why = started.isAlive()
                ? "it was not ready within " + settings.patience().toMillis() + " ms"
                        + (last[0] == null ? "" : " (" + last[0] + ")")
                : "it ended at once, with exit code " + started.exitValue();
        kill();
        throw new IllegalStateException(settings.name() + " did not start: " + why + "; end of its log: " + tail());
    }

    private boolean portWasTaken() {
        return tail().toLowerCase(Locale.ROOT).contains("address already in use");
    }

    /**
     * Asks it to end, and waits until it has; kills it when it does not within its patience. A frozen server is woken first.
     * Does nothing when it does not run.
     */
    public synchronized void stop() {
        Process running = process;
        if (running == null) {
            return;
        }
        Signals.sendToTree("CONT", running.toHandle());
        Signals.send(settings.stopSignal(), List.of(running.toHandle()));
        if (!await(settings.patience(), () -> !running.isAlive())) {
            killTree();
        }
        forget();
    }

    /**
     * Kills it and all that it started, with SIGKILL, and waits until they are gone. Does nothing when it does not run.
     *
     * @throws IllegalStateException when they are not gone within its patience
     */
    public synchronized void kill() {
        Process running = process;
        Set<ProcessHandle> killed = killTree();
        // Its own child is collected by this JVM, a moment after its end; what that one had started is another's to
        // collect.
        if (!await(
                settings.patience(), () -> collected(running) && killed.stream().allMatch(Signals::gone))) {
            throw new IllegalStateException(settings.name() + " was killed, but is not gone: " + killed);
        }
        forget();
    }

    private Set<ProcessHandle> killTree() {
        Process running = process;
        return running == null ? Set.of() : Signals.sendToTree("KILL", running.toHandle());
    }

    private static boolean collected(@Nullable Process child) {
        return child == null || (!child.isAlive() && !child.toHandle().isAlive());
    }

    private void forget() {
        process = null;
        RUNNING.remove(this);
    }

    /** Freezes it and all that it started, with SIGSTOP: its connections stay open, and nobody answers. */
    public synchronized void pause() {
        Signals.sendToTree("STOP", running().toHandle());
    }

    /** Wakes it after {@link #pause}. */
    public synchronized void resume() {
        Signals.sendToTree("CONT", running().toHandle());
    }

    /** Stops it, and starts it again over what it kept. */
    public synchronized void restart() {
        stop();
        start();
    }

    /** Whether the process runs (or is frozen). */
    public synchronized boolean alive() {
        return process != null && process.isAlive();
    }

    /**
     * The number of the process.
     *
     * @throws IllegalStateException when it does not run
     */
    public synchronized long pid() {
        return running().pid();
    }

    private Process running() {
        Process running = process;
        if (running == null || !running.isAlive()) {
            throw new IllegalStateException(settings.name() + " does not run; end of its log: " + tail());
        }
        return running;
    }

    /** What it is called. */
    public String name() {
        return settings.name();
    }

    /** Where it lives: its working directory. */
    public Path folder() {
        return settings.folder();
    }

    /** What it has printed since it was started last. */
    public synchronized String log() {
        try {
            byte[] all = Files.readAllBytes(log);
            int from = (int) Math.min(startOfLog, all.length);
            return new String(all, from, all.length - from, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(there is no log: " + e.getMessage() + ")";
        }
    }

    /** The end of {@link #log}, for errors. */
    public String tail() {
        String text = log().strip();
        return text.isEmpty() ? "(empty)" : text.substring(Math.max(0, text.length() - TAIL));
    }

    /** Stops it. */
    @Override
    public void close() {
        stop();
    }

    @Override
    public String toString() {
        return settings.name() + (alive() ? " (process " + pid() + ")" : " (not running)");
    }

    static boolean await(Duration most, BooleanSupplier condition) {
        long deadline = System.nanoTime() + most.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            LockSupport.parkNanos(5_000_000);
        }
        return true;
    }
}
