package dev.millrace.internal.events;

import dev.millrace.JobEvent;
import dev.millrace.JobListener;
import dev.millrace.ListenerStats;
import dev.millrace.internal.worker.Problem;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings events to one listener, on a thread of its own: nobody waits for the listener, and what it throws stays here. */
final class Delivery implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
    private static final long REMIND_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** Kinds of errors that are logged; beyond that they are only counted. */
    private static final int MOST_KINDS = 20;

    private final JobListener listener;
    private final String name;
    private final BlockingQueue<JobEvent> waiting = new ArrayBlockingQueue<>(JobListener.WAITING);
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong thrown = new AtomicLong();
    private final AtomicLong saidAt = new AtomicLong();
    private final Set<Class<?>> known = new HashSet<>();
    private final Thread thread;
    private volatile long droppedAt;
    private volatile boolean ended;
    private volatile boolean givenUp;

    Delivery(JobListener listener) {
        this.listener = listener;
        this.name = listener.getClass().getName();
        this.thread =
                new Thread(this, "millrace-listener-" + listener.getClass().getSimpleName());
        thread.setDaemon(true);
        thread.start();
    }

    void offer(JobEvent event) {
        if (!waiting.offer(event)) {
            drop();
        }
    }

    private void drop() {
        long count = dropped.incrementAndGet();
        long now = System.nanoTime();
        droppedAt = now;
        long said = saidAt.get();
        if ((said == 0 || now - said > REMIND_NANOS) && saidAt.compareAndSet(said, now)) {
            LOG.warn(
                    "listener {} is slower than its events come: {} wait, and {} were dropped so far, of which it never hears;"
                            + " jobs are not affected",
                    name,
                    JobListener.WAITING,
                    count);
        }
    }

    @Override
    public void run() {
        while (!givenUp && (!ended || !waiting.isEmpty())) {
            try {
                JobEvent event = waiting.poll(1, TimeUnit.SECONDS);
                if (event != null) {
                    deliver(event);
                }
            } catch (InterruptedException e) {
                // end() has waited long enough, or a listener has left its thread interrupted: the loop tells which
            }
        }
    }

    private void deliver(JobEvent event) {
        try {
            if (event instanceof JobEvent.Enqueued enqueued) {
                listener.enqueued(enqueued);
            } else if (event instanceof JobEvent.Started started) {
                listener.started(started);
            } else if (event instanceof JobEvent.Succeeded succeeded) {
                listener.succeeded(succeeded);
            } else if (event instanceof JobEvent.Retried retried) {
                listener.retried(retried);
            } else if (event instanceof JobEvent.Failed failed) {
                listener.failed(failed);
            } else if (event instanceof JobEvent.Cancelled cancelled) {
                listener.cancelled(cancelled);
            }
        } catch (Throwable e) {
            threw(event, e);
        } finally {
            delivered.incrementAndGet();
        }
    }

    private void threw(JobEvent event, Throwable error) {
        thrown.incrementAndGet();
        if (known.size() < MOST_KINDS && known.add(error.getClass())) {
            LOG.warn(
                    "listener {} threw when told that job {} ({}) {}; the job is not affected, the listener goes on with the"
                            + " next event, and more errors of this kind are only counted",
                    name,
                    event.id(),
                    event.kind(),
                    event.getClass().getSimpleName(),
                    error);
        }
    }

    /** Tells what still waits, for at most so long. */
    void end(Duration most) {
        ended = true;
        if (Thread.currentThread() == thread) {
            return; // the listener closes its own Millrace: what waits is told once it returns
        }
        boolean interrupted = false;
        try {
            thread.join(most.toMillis());
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (thread.isAlive()) {
            LOG.warn(
                    "listener {} did not come to an end within {}: it never hears of the {} events that wait; jobs are not"
                            + " affected",
                    name,
                    most,
                    waiting.size());
            givenUp = true;
            waiting.clear();
            thread.interrupt();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    ListenerStats stats() {
        return new ListenerStats(name, delivered.get(), dropped.get(), thrown.get(), waiting.size());
    }

    /** What is wrong: that it dropped something within the last minute. */
    Optional<Problem> problem() {
        return dropped.get() > 0 && System.nanoTime() - droppedAt < REMIND_NANOS
                ? Optional.of(new Problem(
                        10,
                        "listener " + name + " is too slow: " + dropped.get()
                                + " of its events were dropped so far; jobs are not affected"))
                : Optional.empty();
    }
}
