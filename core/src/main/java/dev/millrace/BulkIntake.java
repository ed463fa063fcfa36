package dev.millrace;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.NewJob;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Stores chunks of a bulk in their order, one at a time, while the caller makes the next. For one thread; the chunks are stored
 * on another.
 */
final class BulkIntake implements AutoCloseable {
    /** How many requests of a stream are stored at once. */
    private static final int CHUNK = 1_000;

    private final Function<List<NewJob>, List<Answer>> store;
    private @Nullable ExecutorService thread;
    private @Nullable CompletableFuture<List<Answer>> underWay;
    private BulkResult result = new BulkResult(0, 0);

    BulkIntake(Function<List<NewJob>, List<Answer>> store) {
        this.store = store;
    }

    /**
     * Stores all requests of a stream, which is closed.
     *
     * @throws BulkException when it breaks off: says how many are stored, and has the cause
     */
    static BulkResult storeEach(
            Stream<? extends JobRequest<?>> requests,
            Function<JobRequest<?>, NewJob> prepare,
            Function<List<NewJob>, List<Answer>> store) {
        try (BulkIntake intake = new BulkIntake(store)) {
            try (requests) {
                Iterator<? extends JobRequest<?>> rest = requests.iterator();
                List<NewJob> chunk = new ArrayList<>(CHUNK);
                while (rest.hasNext()) {
                    chunk.add(prepare.apply(rest.next()));
                    if (chunk.size() == CHUNK) {
                        intake.add(chunk);
                        chunk = new ArrayList<>(CHUNK);
                    }
                }
                return intake.finish(chunk);
            } catch (RuntimeException e) {
                throw new BulkException(intake.soFar(e), e);
            }
        }
    }

    /**
     * Begins to store a chunk, once the one before it is stored.
     *
     * @param chunk is not changed by the caller any more
     * @throws RuntimeException what storing the chunk before threw: this one is not stored
     */
    void add(List<NewJob> chunk) {
        await();
        if (thread == null) {
            thread = Executors.newSingleThreadExecutor(BulkIntake::daemon);
        }
        underWay = CompletableFuture.supplyAsync(() -> store.apply(chunk), thread);
    }

    /**
     * Stores the last chunk.
     *
     * @param chunk may be empty
     * @return what became of all
     */
    BulkResult finish(List<NewJob> chunk) {
        await();
        if (!chunk.isEmpty()) {
            count(store.apply(chunk));
        }
        return result;
    }

    /** What became of the chunks up to the one that failed; waits for one under way, whose failure is added to the given. */
    BulkResult soFar(Throwable failure) {
        try {
            await();
        } catch (RuntimeException | Error e) {
            failure.addSuppressed(e);
        }
        return result;
    }

    private void await() {
        CompletableFuture<List<Answer>> last = underWay;
        underWay = null;
        if (last == null) {
            return;
        }
        try {
            count(last.join());
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException own) {
                throw own;
            }
            if (e.getCause() instanceof Error own) {
                throw own;
            }
            throw e;
        }
    }

    private void count(List<Answer> answers) {
        long stored = answers.stream().filter(Answer.Stored.class::isInstance).count();
        result = result.plus(new BulkResult(stored, answers.size() - stored));
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "millrace-bulk");
        thread.setDaemon(true);
        return thread;
    }

    /** Waits for what is under way, so that nothing is stored any more when this returns, and lets go of the thread. */
    @Override
    public void close() {
        if (underWay != null) {
            underWay.handle((answers, error) -> true).join();
        }
        if (thread != null) {
            thread.shutdown();
        }
    }
}
