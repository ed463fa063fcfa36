package dev.millrace.redis;

import dev.millrace.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps one connection: made by the first that needs it, on a thread of its own, while others wait for the same attempt. */
final class Line implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Line.class);

    private final Link link;
    private final RedisErrors errors;
    private @Nullable CompletableFuture<Channel> current;
    private boolean closed;

    Line(Link link, RedisErrors errors) {
        this.link = link;
        this.errors = errors;
    }

    Channel channel() {
        CompletableFuture<Channel> awaited = connected();
        try {
            return awaited.get(link.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw errors.of(e);
        } catch (ExecutionException | TimeoutException e) {
            throw errors.of(e);
        }
    }

    /** Has the next command make a new connection, if this is still the one in use. */
    void giveUp(Channel channel) {
        synchronized (this) {
            if (current == null || !isDone(current) || current.join() != channel) {
                return;
            }
            current = null;
        }
        link.end(channel);
    }

    @Override
    public void close() {
        CompletableFuture<Channel> last;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            last = current;
        }
        if (last != null) {
            try {
                last.thenCompose(Channel::close).get(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                log.debug("a connection did not end in time; the client ends it", e);
            }
        }
    }

    private synchronized CompletableFuture<Channel> connected() {
        CompletableFuture<Channel> present = current;
        if (present == null || present.isCompletedExceptionally() || (isDone(present) && lost(present.join()))) {
            present = new CompletableFuture<>();
            current = present;
            connect(present);
        }
        return present;
    }

    /** A connection that was lost is replaced; none is made any more once the store is closed: that says the error. */
    private boolean lost(Channel channel) {
        return closed || !channel.open();
    }

    private void connect(CompletableFuture<Channel> wanted) {
        Thread thread = new Thread(
                () -> {
                    try {
                        wanted.complete(link.open(this));
                    } catch (RuntimeException | Error e) {
                        wanted.completeExceptionally(e instanceof StoreException ? e : errors.of(e));
                    }
                },
                "millrace-redis-connect");
        thread.setDaemon(true);
        thread.start();
    }

    private static boolean isDone(CompletableFuture<Channel> future) {
        return future.isDone() && !future.isCompletedExceptionally();
    }
}
