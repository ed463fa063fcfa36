package dev.millrace.cli.locks;

import dev.millrace.NamedLock;
import dev.millrace.StoreException;
import dev.millrace.cli.Refusal;
import dev.millrace.cli.exec.DeathSignal;
import dev.millrace.cli.exec.ProcessTree;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** A command that runs for as long as a lock is held, which is renewed meanwhile. */
final class LockedRun {
    /** How long closing the store may take once the command has ended, when this process was told to end. */
    private static final Duration CLOSING = Duration.ofSeconds(5);

    /** So often it looks how much of the lock's time is left: a wait does not count the time of a suspended machine. */
    private static final long LOOK_NANOS = 1_000_000_000L;

    private static final int LOST = 1;

    private final NamedLock lock;
    private final Duration timeToLive;
    private final List<String> command;
    private final Consumer<String> say;
    /** Completed when the lock belongs to somebody else, or to nobody. */
    private final CompletableFuture<NamedLock> lost = new CompletableFuture<>();

    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    /** It is sure that the lock is held until its time to live is over, reckoned from this moment before the store was asked. */
    private volatile Moment sureSince;

    /**
     * A lock that was taken.
     *
     * @param askedAt before the store was asked for it
     */
    record Taken(NamedLock lock, Moment askedAt) {}

    LockedRun(Taken taken, Duration timeToLive, List<String> command, Consumer<String> say) {
        this.lock = taken.lock();
        this.timeToLive = timeToLive;
        this.command = command;
        this.say = say;
        this.sureSince = taken.askedAt();
    }

    /** Runs the command, on this thread from beginning to end, and gives the exit code. */
    int perform() throws InterruptedException {
        try {
            Process process = start();
            Thread hook = new Thread(() -> passOn(process), "millrace-stop");
            Runtime.getRuntime().addShutdownHook(hook);
            Thread keeper = keep();
            try {
                return await(process);
            } finally {
                ProcessTree.end(process);
                ended.countDown();
                keeper.join();
                removeHook(hook);
            }
        } finally {
            release();
            released.countDown();
        }
    }

    private Process start() {
        ProcessBuilder builder = new ProcessBuilder(DeathSignal.on(command)).inheritIO();
        builder.environment().put("MILLRACE_LOCK", lock.name());
        builder.environment().put("MILLRACE_LOCK_TOKEN", Long.toString(lock.token()));
        try {
            return builder.start();
        } catch (IOException e) {
            throw new Refusal(command.get(0) + " could not be started: " + e.getMessage());
        }
    }

    private int await(Process process) throws InterruptedException {
        CompletableFuture<Process> exit = process.onExit();
        while (true) {
            Duration left = timeToLive.minus(sureSince.passed(Moment.now()));
            if (lost.isDone() || left.isNegative() || left.isZero()) {
                say.accept("the lock \"" + lock.name() + "\" was lost: another may hold it by now, so " + command.get(0)
                        + " is ended");
                return LOST;
            }
            try {
                CompletableFuture.anyOf(exit, lost).get(Math.min(left.toNanos(), LOOK_NANOS), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                continue; // it may have been renewed meanwhile, or the machine suspended
            } catch (ExecutionException e) {
                throw new IllegalStateException("neither is completed with an exception", e);
            }
            if (exit.isDone()) {
                return process.exitValue();
            }
        }
    }

    private Thread keep() {
        Thread keeper = new Thread(this::renew, "millrace-lock");
        keeper.setDaemon(true);
        keeper.start();
        return keeper;
    }

    /** Renews the lock when a third of its time is over, and, while the store does not answer, ten times as often. */
    private void renew() {
        long pause = timeToLive.toNanos() / 3;
        boolean answered = true;
        try {
            while (!ended.await(pause, TimeUnit.NANOSECONDS)) {
                Moment asked = Moment.now();
                try {
                    if (!lock.renew(timeToLive)) {
                        lost.complete(lock);
                        return;
                    }
                    sureSince = asked;
                    pause = timeToLive.toNanos() / 3;
                    answered = true;
                } catch (StoreException e) {
                    if (answered) {
                        say.accept("the lock could not be renewed, which is tried again: " + e.getMessage());
                    }
                    pause = timeToLive.toNanos() / 30;
                    answered = false;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody has a reason to: the command is ended when the time is over
        }
    }

    private void release() {
        try {
            lock.close();
        } catch (StoreException e) {
            say.accept("the lock could not be released, and is free within " + timeToLive.toSeconds() + " s: "
                    + e.getMessage());
        }
    }

    /** On SIGINT or SIGTERM: the command is told, and the lock is held until it has ended. */
    private void passOn(Process process) {
        process.destroy();
        try {
            process.waitFor();
            released.await(CLOSING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook is running: it waits for this thread to release the lock.
        }
    }
}
