package dev.millrace.nats;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of one store instance, besides the leader's.
 *
 * @param acks takes acknowledgements of commits, in order
 * @param replies reads bytes and answers other instances
 * @param timer does what is to be done later
 */
record Crew(ExecutorService acks, ExecutorService replies, ScheduledExecutorService timer) implements AutoCloseable {
    static Crew of(String stream) {
        return new Crew(
                Executors.newSingleThreadExecutor(named("millrace-nats-acks-" + stream)),
                Executors.newFixedThreadPool(4, named("millrace-nats-replies-" + stream)),
                Executors.newSingleThreadScheduledExecutor(named("millrace-nats-timer-" + stream)));
    }

    private static ThreadFactory named(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Does something after a while, unless the store is closed before. */
    @SuppressWarnings("FutureReturnValueIgnored") // what is done later tells of its own failures
    void later(Runnable task, Duration delay) {
        try {
            timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // The store is being closed.
        }
    }

    /** Does something soon, besides the answers, unless the store is being closed. */
    void begin(Runnable task) {
        try {
            replies.execute(task);
        } catch (RejectedExecutionException e) {
            // The store is being closed.
        }
    }

    /** Answers that are ready are still given. */
    @Override
    public void close() {
        timer.shutdownNow();
        end(acks);
        end(replies);
    }

    private static void end(ExecutorService threads) {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(2, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
