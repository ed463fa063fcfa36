package dev.millrace.internal;

import dev.millrace.ResultExpiredException;
import dev.millrace.StoreException;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Store;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Store.Subscription;
import dev.millrace.spi.StoreUnavailableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for jobs to end, any number of them with one thread, which begins with the first. Jobs that end in this process are
 * known at once; others by the store's wake-ups, and at the latest by a look once a second.
 */
public final class Awaiter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Awaiter.class);
    private static final long LOOK_EVERY_NANOS = 1_000_000_000L;
    /** Wake-ups may come with every commit: all that is awaited is looked at no more often than this. */
    private static final long LOOK_AGAIN_NANOS = 2_000_000L;

    private static final int PAGE = 1_000;

    private final Store store;
    private final Map<UUID, List<CompletableFuture<JobRecord>>> awaited = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private final Set<UUID> ended = new HashSet<>();
    private boolean woken;
    private boolean closed;
    private @Nullable Thread thread;
    private @Nullable Subscription subscription;

    public Awaiter(Store store) {
        this.store = store;
    }

    /**
     * A future of the job as it is once it has ended. It fails with {@link ResultExpiredException} when the store does not
     * know the job. Pass it to {@link #forget} when done.
     */
    public CompletableFuture<JobRecord> end(UUID id) {
        CompletableFuture<JobRecord> future = new CompletableFuture<>();
        awaited.compute(id, (any, list) -> {
            List<CompletableFuture<JobRecord>> futures = list == null ? new CopyOnWriteArrayList<>() : list;
            futures.add(future);
            return futures;
        });
        lock.lock();
        try {
            if (closed) {
                future.completeExceptionally(
                        new StoreException("this Millrace is closed: job " + id + " may go on elsewhere"));
                return future;
            }
            begin();
            ended.add(id);
            change.signal();
        } finally {
            lock.unlock();
        }
        return future;
    }

    /** Nobody waits for this future any more. */
    public void forget(UUID id, CompletableFuture<JobRecord> future) {
        awaited.computeIfPresent(id, (any, list) -> {
            list.removeIf(other -> other == future);
            return list.isEmpty() ? null : list;
        });
    }

    /** A job has, or may have, ended in this process. Cheap when nobody waits for it. */
    public void ended(UUID id) {
        if (!awaited.isEmpty() && awaited.containsKey(id)) {
            lock.lock();
            try {
                ended.add(id);
                change.signal();
            } finally {
                lock.unlock();
            }
        }
    }

    private void begin() {
        if (thread == null) {
            subscription = store.listen(signals -> {
                if (signals.contains(Signal.FINISHED) && !awaited.isEmpty()) {
                    wake();
                }
            });
            Thread awaiter = new Thread(this::watch, "millrace-awaiter");
            awaiter.setDaemon(true);
            thread = awaiter;
            awaiter.start();
        }
    }

    private void wake() {
        lock.lock();
        try {
            woken = true;
            change.signal();
        } finally {
            lock.unlock();
        }
    }

    private void watch() {
        long lookedAt = System.nanoTime();
        while (true) {
            Collection<UUID> ids;
            lock.lock();
            try {
                long now = System.nanoTime();
                while (!closed
                        && ended.isEmpty()
                        && !(woken && now - lookedAt >= LOOK_AGAIN_NANOS)
                        && !isDue(now, lookedAt)) {
                    attend();
                    long gap = woken ? LOOK_AGAIN_NANOS : awaited.isEmpty() ? Long.MAX_VALUE / 2 : LOOK_EVERY_NANOS;
                    change.awaitNanos(gap - (now - lookedAt));
                    now = System.nanoTime();
                }
                if (closed) {
                    return;
                }
                if (ended.isEmpty()) {
                    woken = false;
                    lookedAt = now;
                    ids = List.copyOf(awaited.keySet());
                } else {
                    ids = List.copyOf(ended);
                    ended.clear();
                }
            } catch (InterruptedException e) {
                continue; // nobody has a reason to: only close() ends it
            } finally {
                lock.unlock();
            }
            look(ids);
        }
    }

    private boolean isDue(long now, long lookedAt) {
        return !awaited.isEmpty() && now - lookedAt >= LOOK_EVERY_NANOS;
    }

    private void attend() {
        Subscription present = subscription;
        if (present != null) {
            present.attentive(!awaited.isEmpty());
        }
    }

    /** Answers those who wait already: what a look finds may be over when somebody else begins to wait. */
    private void look(Collection<UUID> ids) {
        List<UUID> all = new ArrayList<>(ids);
        for (int from = 0; from < all.size(); from += PAGE) {
            Map<UUID, List<CompletableFuture<JobRecord>>> waiting = new HashMap<>();
            for (UUID id : all.subList(from, Math.min(all.size(), from + PAGE))) {
                List<CompletableFuture<JobRecord>> futures = awaited.get(id);
                if (futures != null) {
                    waiting.put(id, List.copyOf(futures));
                }
            }
            try {
                complete(waiting, waiting.isEmpty() ? List.of() : store.get(List.copyOf(waiting.keySet())));
            } catch (StoreUnavailableException e) {
                LOG.debug("cannot look after awaited jobs, trying again: {}", e.toString());
            } catch (Throwable e) {
                waiting.forEach((id, futures) -> answer(id, futures, future -> future.completeExceptionally(e)));
            }
        }
    }

    private void complete(Map<UUID, List<CompletableFuture<JobRecord>>> waiting, List<JobRecord> records) {
        Map<UUID, List<CompletableFuture<JobRecord>>> missing = new HashMap<>(waiting);
        for (JobRecord record : records) {
            List<CompletableFuture<JobRecord>> futures = missing.remove(record.id());
            if (futures != null && record.state().finished()) {
                answer(record.id(), futures, future -> future.complete(record));
            }
        }
        missing.forEach((id, futures) ->
                answer(id, futures, future -> future.completeExceptionally(new ResultExpiredException(id))));
    }

    private void answer(
            UUID id, List<CompletableFuture<JobRecord>> futures, Consumer<CompletableFuture<JobRecord>> with) {
        futures.forEach(with);
        awaited.computeIfPresent(id, (any, list) -> {
            list.removeIf(CompletableFuture::isDone);
            return list.isEmpty() ? null : list;
        });
    }

    /** Fails what is still awaited. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            change.signal();
            if (subscription != null) {
                subscription.close();
            }
        } finally {
            lock.unlock();
        }
        for (UUID id : List.copyOf(awaited.keySet())) {
            StoreException error =
                    new StoreException("this Millrace was closed while job " + id + " was awaited; the job goes on");
            answer(id, awaited.getOrDefault(id, List.of()), future -> future.completeExceptionally(error));
        }
    }
}
