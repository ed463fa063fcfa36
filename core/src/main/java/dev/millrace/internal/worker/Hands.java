package dev.millrace.internal.worker;

import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that handlers run on, and the queue of work before them. A thread that a handler ends or keeps is replaced; of
 * those kept, up to as many as there are hands.
 */
final class Hands {
    /** A piece of work: one run, or a batch of them. */
    interface Work {
        void perform();

        /** Something went wrong outside the handler: the work must still come to an end. */
        void broken(Throwable error);

        /** Not even that could be said: it is handed back. Makes nothing new, since memory may be what is short. */
        void giveUp();

        /** Its runs. */
        List<Run> runs();
    }

    private final Queue<Work> queue = new ConcurrentLinkedQueue<>();
    private final Deque<Hand> idle = new ConcurrentLinkedDeque<>();
    /** Whether a hand was woken that has not looked at the queue yet. */
    private final AtomicBoolean waking = new AtomicBoolean();

    private final List<Hand> hands = new CopyOnWriteArrayList<>();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicInteger abandoned = new AtomicInteger();
    private final int size;
    private final ThreadFactory factory;
    private volatile boolean ended;
    private @Nullable Work headBefore;

    Hands(int size, ThreadFactory factory) {
        this.size = size;
        this.factory = factory;
    }

    void start() {
        for (int i = 0; i < size; i++) {
            add();
        }
    }

    private void add() {
        Hand hand = new Hand();
        hands.add(hand);
        Thread thread = factory.newThread(hand);
        hand.thread = thread;
        thread.start();
    }

    /** Adds a thread in place of one that is lost, if any is. */
    private synchronized void replace() {
        if (!ended && able() < size) {
            add();
        }
    }

    void submit(List<Work> works) {
        queue.addAll(works);
        wakeOne();
    }

    /** Takes back what has not begun. */
    List<Work> drain() {
        List<Work> unstarted = new ArrayList<>();
        for (Work work = queue.poll(); work != null; work = queue.poll()) {
            unstarted.add(work);
        }
        return unstarted;
    }

    /**
     * Wakes a hand if there is work and none is waking already. A woken hand wakes the next before it begins: a burst of tiny
     * jobs is done by the hands that are awake, and a wake-up, dearer than such a job, is not paid for each.
     */
    private void wakeOne() {
        while (!queue.isEmpty() && waking.compareAndSet(false, true)) {
            Hand hand = idle.pollFirst();
            if (hand != null) {
                LockSupport.unpark(hand.thread);
                return;
            }
            waking.set(false);
            if (idle.isEmpty()) {
                return; // whoever goes idle from now on looks at the queue once more
            }
        }
    }

    /** Whether no work has begun since this was last asked, and some waits. */
    boolean stuck() {
        Work head = queue.peek();
        boolean same = head != null && head == headBefore;
        headBefore = head;
        return same;
    }

    /** Whether there is work that has not begun. */
    boolean hasWaiting() {
        return !queue.isEmpty();
    }

    /** What has not begun. */
    Iterable<Work> waiting() {
        return queue;
    }

    /** What runs now. */
    List<Work> current() {
        return hands.stream().map(hand -> hand.current).filter(Objects::nonNull).toList();
    }

    int busy() {
        return busy.get();
    }

    /** Threads that were given up because their handlers ignore interrupts. */
    int abandoned() {
        return abandoned.get();
    }

    /** Hands able to work: fewer than asked for once too many were abandoned. */
    int able() {
        return (int) hands.stream().filter(hand -> !hand.abandoned).count();
    }

    /**
     * Gives up the thread that does this work, and replaces it unless as many were given up as there are hands.
     *
     * @return whether it was still at it
     */
    boolean abandon(Work work) {
        for (Hand hand : hands) {
            if (hand.abandon(work)) {
                if (abandoned.incrementAndGet() <= size) {
                    replace();
                }
                return true;
            }
        }
        return false;
    }

    /** Lets every thread go once it is idle. */
    void end() {
        ended = true;
        for (Hand hand : hands) {
            Thread thread = hand.thread;
            if (thread != null && hand.current == null) {
                LockSupport.unpark(thread);
            }
        }
    }

    private final class Hand implements Runnable {
        private volatile @Nullable Thread thread;
        private volatile @Nullable Work current;
        private volatile boolean abandoned;

        @Override
        public void run() {
            try {
                while (!ended && !abandoned) {
                    work();
                }
            } finally {
                hands.remove(this);
                if (abandoned) {
                    Hands.this.abandoned.decrementAndGet();
                }
                replace();
            }
        }

        private void work() {
            Work work = queue.poll();
            if (work == null) {
                sleep();
                return;
            }
            wakeOne();
            busy.incrementAndGet();
            current = work;
            try {
                work.perform();
            } catch (Throwable error) {
                end(work, error);
            } finally {
                free();
                Thread.interrupted();
            }
        }

        /** Whatever happens, the work must come to an end, or its jobs would be held for ever. */
        private void end(Work work, Throwable error) {
            try {
                work.broken(error);
            } catch (Throwable again) {
                work.giveUp();
            }
        }

        /** Sleeps until there may be work. */
        private void sleep() {
            idle.addFirst(this);
            boolean woken = false;
            while (!woken && queue.isEmpty() && !ended) {
                LockSupport.park(Hands.this);
                Thread.interrupted(); // a late interrupt of the last run
                woken = !idle.contains(this);
            }
            if (!idle.removeFirstOccurrence(this)) {
                waking.set(false); // it was this hand that was being woken
            }
        }

        private synchronized void free() {
            current = null;
            if (!abandoned) {
                busy.decrementAndGet();
            }
        }

        private synchronized boolean abandon(Work work) {
            if (current != work || abandoned) {
                return false;
            }
            abandoned = true;
            busy.decrementAndGet();
            return true;
        }
    }
}
