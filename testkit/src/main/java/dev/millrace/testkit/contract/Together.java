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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Does things at the same time: one thread each, all starting at once. */
public final class Together {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Together() {}

    /**
     * Lets all run the same rounds, each round begun by all in the same instant, so that they meet in the narrowest places.
     *
     * @return what came of every round of each, in no order
     */
    @SuppressWarnings("ThreadPriorityCheck") // yielding is for speed only, where there are fewer cores than threads
    static <T, R> List<R> rounds(List<T> items, int rounds, BiFunction<T, Integer, R> action) {
        AtomicInteger arrived = new AtomicInteger();
        AtomicBoolean failed = new AtomicBoolean();
        List<List<R>> results = each(items, item -> {
            List<R> ofItem = new ArrayList<>();
            try {
                for (int round = 0; round < rounds; round++) {
                    arrived.incrementAndGet();
                    // Not a latch: threads that are woken begin one after the other.
                    while (arrived.get() < (round + 1) * items.size() && !failed.get()) {
                        Thread.yield();
                    }
                    ofItem.add(action.apply(item, round));
                }
                return ofItem;
            } catch (RuntimeException | Error e) {
                failed.set(true);
                throw e;
            }
        });
        return results.stream().flatMap(List::stream).toList();
    }

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
