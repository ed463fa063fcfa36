package dev.millrace.cli.locks;

import dev.millrace.LockInfo;
import dev.millrace.Millrace;
import dev.millrace.NamedLock;
import dev.millrace.cli.Main;
import dev.millrace.cli.StoreChoice;
import dev.millrace.cli.exec.Program;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.Moments;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Runs a command under a lock. */
@Command(
        name = "lock",
        description =
                "Run a command while holding a lock, so that it runs in one place at a time, on whatever machines.",
        customSynopsis = "millrace lock [OPTIONS] NAME -- COMMAND...",
        mixinStandardHelpOptions = true,
        footerHeading = "%n",
        footer = {
            "The lock is renewed while COMMAND runs. When that fails until its time is over, or somebody takes it away, COMMAND"
                    + " is ended, since another may hold the lock then. Killed by SIGKILL, the lock is free after --ttl.",
            "",
            "COMMAND finds the lock's name in MILLRACE_LOCK, and in MILLRACE_LOCK_TOKEN a number that is larger each time the"
                    + " lock is taken: what must not be written by an outdated holder refuses a smaller one than it has seen.",
            "",
            "Exit codes: that of COMMAND; 1 when another holds the lock, or it was lost; 2 wrong usage.",
            "",
            "Examples:",
            "  millrace lock nightly-report -- ./report.sh",
            "  millrace lock deploy --wait 10m --ttl 30s -- make deploy"
        })
public final class LockCommand implements Callable<Integer> {
    private static final Duration ASK_EVERY = Duration.ofMillis(500);

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The lock's name.")
    private String name = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND", description = "What to run; behind --.")
    private List<String> command = new ArrayList<>();

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            description = "How long it stays locked when this process dies; 60s if left out, 1s at least.")
    private Duration timeToLive = Duration.ofSeconds(60);

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            description = "How long to wait for another to release it; not at all if left out.")
    private Duration wait = Duration.ZERO;

    @Option(
            names = "--busy-code",
            paramLabel = "N",
            description = "What to end with when another holds it; 1 if left out.")
    private int busyCode = 1;

    @Override
    public Integer call() throws InterruptedException {
        if (wait.isNegative()) {
            throw new IllegalArgumentException("--wait is " + Durations.human(wait) + ": give a time of zero or more");
        }
        if (busyCode < 0 || busyCode > 255) {
            throw new IllegalArgumentException("--busy-code is " + busyCode + ": give 0 to 255");
        }
        Program.refuseMissing(command.get(0), main.terminal().environment().getOrDefault("PATH", ""));
        StoreChoice choice = main.store();
        choice.refuseMemory();
        try (Millrace millrace = choice.open()) {
            LockedRun.Taken taken = take(millrace);
            return taken == null ? busyCode : new LockedRun(taken, timeToLive, command, this::say).perform();
        }
    }

    /** The lock; null when another holds it for as long as this waits. */
    private LockedRun.@Nullable Taken take(Millrace millrace) throws InterruptedException {
        long begun = System.nanoTime();
        while (true) {
            Moment asked = Moment.now();
            Optional<NamedLock> lock = millrace.tryLock(name, timeToLive);
            if (lock.isPresent()) {
                return new LockedRun.Taken(lock.get(), asked);
            }
            long left = wait.toNanos() - (System.nanoTime() - begun);
            if (left <= 0) {
                say(busy(millrace));
                return null;
            }
            Thread.sleep(Math.max(1, Math.min(left, ASK_EVERY.toNanos()) / 1_000_000));
        }
    }

    private String busy(Millrace millrace) {
        Optional<LockInfo> held = millrace.lock(name);
        String holder = held.map(lock -> lock.owner() + ", who must renew it "
                        + Moments.distance(lock.expiresAt(), millrace.store().now()))
                .orElse("another, who has released it just now");
        return "\"" + name + "\" is held by " + holder + "; nothing was run: wait for it with --wait";
    }

    private void say(String text) {
        spec.commandLine().getErr().println("millrace: " + text);
        spec.commandLine().getErr().flush();
    }
}
