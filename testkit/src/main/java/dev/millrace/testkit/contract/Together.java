package dev.millrace.testkit.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Does things at the same time: one thread each, all starting at once. */
public final class Together {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Together() {}

    /** What came of each, in the order given. The first failure is thrown. */
    public static <T, R> List<R> each(List<T> items, Function<T, R> action) {
        CyclicBarrier start = new CyclicBarrier(items.size());
        ExecutorService threads = Executors.newFixedThreadPool(items.size());
        try {
            List<Future<R>> futures = new ArrayList<>();
            for (T item : items) {
                futures.add(threads.submit(() -> {
                    start.await();
                    return action.apply(item);
                }));
            }
            List<R> results = new ArrayList<>();
            for (Future<R> future : futures) {
                results.add(future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
            return results;
        } catch (ExecutionException e) {
            throw new AssertionError("one of those working at once failed", e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("those working at once did not end within " + PATIENCE, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while others worked", e);
        } finally {
            threads.shutdownNow();
        }
    }
}
