package dev.millrace.internal.worker;

import dev.millrace.internal.Nanos;
import dev.millrace.spi.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the jobs in the worker's hands: claimed, and not yet at their end. */
final class Holdings {
    private final AtomicInteger held = new AtomicInteger();
    private final AtomicInteger works = new AtomicInteger();
    private final AtomicInteger struck = new AtomicInteger();
    private final AtomicLong tasksLeft;
    private final Object emptied = new Object();
    private final Map<Run, CountDownLatch> watched = new ConcurrentHashMap<>();

    /** @param tasks how many may be claimed in all */
    Holdings(long tasks) {
        tasksLeft = new AtomicLong(tasks);
    }

    void claimed(List<Hands.Work> claimed) {
        works.addAndGet(claimed.size());
        for (Hands.Work work : claimed) {
            held.addAndGet(work.runs().size());
            tasksLeft.addAndGet(-work.runs().size());
            if (work.runs().get(0).job().history().struck()) {
                struck.incrementAndGet();
            }
        }
    }

    void ended(Run run) {
        if (run.leads()) {
            works.decrementAndGet();
        }
        if (run.job().history().struck()) {
            struck.decrementAndGet();
        }
        if (run.outcome() instanceof Outcome.HandedBack back && !back.started()) {
            tasksLeft.incrementAndGet();
        }
        if (held.decrementAndGet() == 0) {
            synchronized (emptied) {
                emptied.notifyAll();
            }
        }
        CountDownLatch watch = watched.remove(run);
        if (watch != null) {
            watch.countDown();
        }
    }

    /** Counts down, to zero, as the runs of these works come to their ends. To be called before any of them is begun. */
    CountDownLatch watch(List<Hands.Work> works) {
        List<Run> runs = works.stream().flatMap(work -> work.runs().stream()).toList();
        CountDownLatch left = new CountDownLatch(runs.size());
        runs.forEach(run -> watched.put(run, left));
        return left;
    }

    int count() {
        return held.get();
    }

    /** How many hands they would keep busy: a batch is work for one. */
    int works() {
        return works.get();
    }

    /** Whether a job is among them that was rescued before. */
    boolean hasStruck() {
        return struck.get() > 0;
    }

    /** How many more may be claimed. */
    long tasksLeft() {
        return Math.max(0, tasksLeft.get());
    }

    /** Whether nothing was left before the time was over. */
    boolean awaitEmpty(Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + Nanos.of(most);
        synchronized (emptied) {
            while (held.get() > 0) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(emptied, left);
            }
        }
        return true;
    }
}
