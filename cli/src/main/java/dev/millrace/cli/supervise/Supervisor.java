package dev.millrace.cli.supervise;

import dev.millrace.cli.out.Durations;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a number of worker processes running: starts one that has ended again, with growing pauses, until it is told to stop.
 * Then it tells them to stop, gives them their time, and ends what is left.
 *
 * <p>{@link #run} is called once; {@link #stop} may be called from any thread.
 */
public final class Supervisor {
    /** A worker ends with it when its arguments are wrong: starting it again would not help. */
    private static final int WRONG_USAGE = 2;

    private final List<Seat> seats;
    private final Plan plan;
    private final Launch launch;
    private final Consumer<String> log;
    private final LinkedBlockingQueue<News> news = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private boolean stopping;
    private int restarts;
    private int worst;

    /**
     * What is to be kept.
     *
     * @param processes how many, 1 or more
     * @param again whether a process with this exit code is started again
     * @param patience how long processes may take to stop before they are killed
     */
    public record Plan(int processes, Predicate<Integer> again, Duration patience) {}

    /** Starts a process. */
    @FunctionalInterface
    public interface Launch {
        /**
         * Starts one.
         *
         * @param number which one, from 1
         */
        Process start(int number) throws IOException;
    }

    private sealed interface News {
        record Ended(Process process) implements News {}

        record Stop() implements News {}
    }

    /** @param log told, in a sentence, what happens */
    public Supervisor(Plan plan, Launch launch, Consumer<String> log) {
        this.plan = plan;
        this.launch = launch;
        this.log = log;
        this.seats =
                IntStream.rangeClosed(1, plan.processes()).mapToObj(Seat::new).toList();
    }

    /**
     * Keeps the processes running until {@link #stop}, until none of them is to be started again, or for so long.
     *
     * @return the exit code: 0 when all ended as they should, else that of the worst
     */
    public int run(@Nullable Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + (most == null ? Long.MAX_VALUE / 2 : most.toNanos());
        try {
            while (!stopping && !allDone() && deadline - System.nanoTime() > 0) {
                startDue();
                long wait = Math.min(untilNextStart(), deadline - System.nanoTime());
                hear(news.poll(Math.max(0, wait), TimeUnit.NANOSECONDS));
            }
            return worst;
        } finally {
            endAll();
            log.accept(
                    "stopped; " + restarts + (restarts == 1 ? " process was" : " processes were") + " started again");
            ended.countDown();
        }
    }

    /** Tells all to stop. Returns once they have, or after their patience and a little more. */
    public void stop() throws InterruptedException {
        news.add(new News.Stop());
        ended.await(plan.patience().plusSeconds(5).toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether every process ended and none is to be started again. Known once {@link #run} has returned. */
    public boolean allDone() {
        return seats.stream().allMatch(Seat::done);
    }

    private long untilNextStart() {
        return seats.stream().mapToLong(Seat::untilStart).min().orElse(Long.MAX_VALUE);
    }

    private void startDue() {
        for (Seat seat : seats) {
            if (seat.untilStart() == 0) {
                start(seat);
            }
        }
    }

    private void start(Seat seat) {
        try {
            Process process = launch.start(seat.number());
            seat.started(process);
            var unused = process.onExit().thenAccept(each -> news.add(new News.Ended(each)));
        } catch (IOException e) {
            log.accept("process " + seat.number() + " cannot be started: " + e.getMessage() + "; it is tried again in "
                    + Durations.human(seat.ended(1)));
        }
    }

    private void hear(@Nullable News heard) {
        if (heard instanceof News.Stop) {
            stopping = true;
        } else if (heard instanceof News.Ended one) {
            seats.stream()
                    .filter(seat -> seat.runs(one.process()))
                    .findFirst()
                    .ifPresent(seat -> ended(seat, one.process()));
        }
    }

    private void ended(Seat seat, Process process) {
        int code = process.exitValue();
        String what = "process " + seat.number() + " (pid " + process.pid() + ") ended with " + meaning(code)
                + " after " + Durations.human(seat.age());
        if (code == WRONG_USAGE) {
            log.accept(what + ": it says why, and all are stopped");
            worst = code;
            stopping = true;
            seat.close();
        } else if (!plan.again().test(code)) {
            worst = Math.max(worst, code);
            seat.close();
        } else {
            Duration wait = seat.ended(code);
            restarts++;
            log.accept(what + "; it is started again " + (wait.isZero() ? "now" : "in " + Durations.human(wait)));
        }
    }

    private static String meaning(int code) {
        return code > 128 && code < 160 ? "signal " + (code - 128) : "exit code " + code;
    }

    private void endAll() {
        List<Process> left =
                seats.stream().flatMap(seat -> seat.process().stream()).toList();
        left.forEach(Process::destroy);
        long deadline = System.nanoTime() + plan.patience().toNanos();
        boolean interrupted = false;
        for (Process process : left) {
            try {
                if (!process.waitFor(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    log.accept("pid " + process.pid()
                            + " does not stop, and is killed; its jobs run again after the lease");
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                interrupted = true;
                process.destroyForcibly();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
