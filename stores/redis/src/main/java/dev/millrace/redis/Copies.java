package dev.millrace.redis;

import io.lettuce.core.RedisConnectionStateAdapter;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Waits until replicas have copies of what one connection changed. WAIT is about all that its connection has written before,
 * so one is under way at a time, and all changes that are answered meanwhile share the next.
 */
final class Copies {
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final int replicas;
    private final long millis;
    private final AtomicInteger breaks = new AtomicInteger();
    private @Nullable CompletableFuture<Long> next;
    private boolean waiting;

    Copies(StatefulRedisConnection<byte[], byte[]> connection, int replicas, long millis) {
        this.connection = connection;
        this.replicas = replicas;
        this.millis = millis;
        connection.addListener(new RedisConnectionStateAdapter() {
            @Override
            public void onRedisDisconnected(io.lettuce.core.RedisChannelHandler<?, ?> broken) {
                breaks.incrementAndGet();
            }
        });
    }

    /** How often the connection broke. One that was made anew knows nothing of earlier changes, and says that all have them. */
    int breaks() {
        return breaks.get();
    }

    /** How many replicas have all changes that were answered on this connection before this call. */
    CompletableFuture<Long> made() {
        CompletableFuture<Long> asked;
        synchronized (this) {
            asked = next == null ? new CompletableFuture<>() : next;
            if (waiting) {
                next = asked;
                return asked;
            }
            waiting = true;
        }
        ask(asked);
        return asked;
    }

    private void ask(CompletableFuture<Long> asked) {
        var unused = Server.started(() -> connection.async().waitForReplication(replicas, millis))
                .whenComplete((count, failure) -> {
                    askForNext();
                    if (failure == null) {
                        asked.complete(count);
                    } else {
                        asked.completeExceptionally(failure);
                    }
                });
    }

    private void askForNext() {
        CompletableFuture<Long> gathered;
        synchronized (this) {
            gathered = next;
            next = null;
            waiting = gathered != null;
        }
        if (gathered != null) {
            ask(gathered);
        }
    }
}
