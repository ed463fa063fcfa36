package dev.millrace.internal;

import dev.millrace.spi.Intake;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.StoreUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Group commit: jobs enqueued one by one from many threads share a store call. The first to come calls the store for itself;
 * those who come meanwhile wait, and one of them takes all of them along. Nobody waits for company.
 *
 * <p>One call at a time: letting 2, 4 or 16 be under way at once gave nothing on SQLite, whose writer commits them together
 * anyway.
 */
public final class Coalescer {
    private static final int BATCH = 1_000;

    private final Intake store;
    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean busy = new AtomicBoolean();

    /** One caller. */
    private static final class Waiting {
        final NewJob job;
        final Thread thread = Thread.currentThread();
        /** Whether a leader has it, who will answer. */
        private volatile boolean taken;

        private volatile @Nullable Answer answer;
        private volatile @Nullable Throwable error;

        Waiting(NewJob job) {
            this.job = job;
        }

        boolean done() {
            return answer != null || error != null;
        }

        void answer(Answer value) {
            answer = value;
            LockSupport.unpark(thread);
        }

        void fail(Throwable value) {
            error = value;
            LockSupport.unpark(thread);
        }

        Answer get() {
            Answer given = answer;
            if (given != null) {
                return given;
            }
            Throwable thrown = error;
            if (thrown instanceof Error serious) {
                throw serious;
            }
            throw thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
        }
    }

    public Coalescer(Intake store) {
        this.store = store;
    }

    /** Stores a job; returns when it is durable. */
    public Answer enqueue(NewJob job) {
        Waiting mine = new Waiting(job);
        waiting.add(mine);
        boolean interrupted = false;
        while (!mine.done()) {
            if (!mine.taken && busy.compareAndSet(false, true)) {
                try {
                    lead();
                } finally {
                    busy.set(false);
                    Waiting next = waiting.peek();
                    if (next != null) {
                        LockSupport.unpark(next.thread);
                    }
                }
            } else {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return mine.get();
    }

    private void lead() {
        List<Waiting> batch = new ArrayList<>();
        for (Waiting next = waiting.poll(); next != null; next = batch.size() < BATCH ? waiting.poll() : null) {
            next.taken = true;
            batch.add(next);
        }
        if (batch.isEmpty()) {
            return; // another leader was faster
        }
        try {
            store(batch);
        } catch (StoreUnavailableException e) {
            // An exception of its own for each: several threads fill in one's trace otherwise.
            batch.forEach(each -> each.fail(new StoreUnavailableException(String.valueOf(e.getMessage()), e)));
        } catch (RuntimeException | Error e) {
            if (batch.size() == 1) {
                batch.get(0).fail(e);
            } else {
                storeEach(batch);
            }
        }
    }

    private void store(List<Waiting> batch) {
        List<NewJob> jobs = new ArrayList<>(batch.size());
        for (Waiting each : batch) {
            jobs.add(each.job);
        }
        List<Answer> answers = store.enqueue(jobs);
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).answer(answers.get(i));
        }
    }

    /** One of them was refused: each gets its own answer, and the others are not hurt. */
    private void storeEach(List<Waiting> batch) {
        for (Waiting each : batch) {
            if (each.done()) {
                continue;
            }
            try {
                store(List.of(each));
            } catch (RuntimeException | Error e) {
                each.fail(e);
            }
        }
    }
}
