package dev.millrace.nats;

import dev.millrace.spi.Store.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What waits for the leader's thread, in order. Any thread may add; the leader's alone takes. */
final class Inbox {
    /** Calls that may wait; more are refused. */
    private static final int MOST_WAITING = 100_000;

    /** Wakes the leader's thread. */
    private static final Asked NOTHING = new Asked((desk, signals) -> () -> true, null);

    private final LinkedBlockingQueue<Asked> queue = new LinkedBlockingQueue<>();
    private boolean closing;
    private boolean closed;

    /** Something to be done on the leader's thread. */
    interface Work {
        Supplier<?> run(Desk desk, EnumSet<Signal> signals);
    }

    /** Something that is to see what is in the journal, and nothing that is not yet: nothing else is done with it. */
    interface Alone extends Work {}

    /** Something to be done, and who waits for it. */
    static final class Asked {
        final Work work;
        final CompletableFuture<Supplier<?>> answer = new CompletableFuture<>();

        /** Until when someone waits for it, by nanoTime; null for without end. */
        private final @Nullable Long deadline;

        private Asked(Work work, @Nullable Long deadline) {
            this.work = work;
            this.deadline = deadline;
        }

        boolean alone() {
            return work instanceof Alone;
        }

        boolean late() {
            return deadline != null && System.nanoTime() - deadline > 0;
        }
    }

    /** Whether so much waits that nothing more can be done in time. */
    boolean isFull() {
        return queue.size() >= MOST_WAITING;
    }

    /**
     * Adds what is to be done, unless nothing more is taken.
     *
     * @param patience how long someone waits for it to be begun; null for without end
     * @return the answer; null when nothing more is taken
     */
    synchronized @Nullable CompletableFuture<Supplier<?>> add(Work work, @Nullable Duration patience) {
        if (closing || closed) {
            return null;
        }
        Asked asked = new Asked(work, patience == null ? null : System.nanoTime() + patience.toNanos());
        queue.add(asked);
        return asked.answer;
    }

    /** The next, waited for a while; null when there is none. */
    @Nullable
    Asked await(Duration patience) throws InterruptedException {
        Asked taken = queue.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        return taken == NOTHING ? null : taken;
    }

    /** The next, if there is one that may be done together with others. */
    @Nullable
    Asked nextTogether() {
        Asked head = queue.peek();
        return head == null || head == NOTHING || head.alone() ? null : queue.poll();
    }

    /** Takes nothing more; what waits is still to be done. */
    synchronized void close() {
        closing = true;
        queue.add(NOTHING);
    }

    /** Whether nothing more is taken, and nothing waits. */
    synchronized boolean isDone() {
        return closing && queue.isEmpty();
    }

    /** Takes nothing more, and gives what waits, which is not to be done; nothing when it was emptied before. */
    synchronized List<Asked> empty() {
        closed = true;
        List<Asked> left = new ArrayList<>();
        queue.drainTo(left);
        queue.add(NOTHING);
        return left;
    }
}
