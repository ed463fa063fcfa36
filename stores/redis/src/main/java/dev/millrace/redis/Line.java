package dev.millrace.redis;

import dev.millrace.StoreException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps one connection: made by the first that needs it, on a thread of its own, while others wait for the same attempt. */
final class Line implements AutoCloseable {
    /** The pause after the first failure; each further one doubles it. */
    static final Duration SHORTEST_PAUSE = Duration.ofMillis(10);

    /** Short enough for nobody to mind after an outage, long enough to leave a server alone that is starting. */
    static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private static final Logger log = LoggerFactory.getLogger(Line.class);

    private final Link link;
    private final RedisErrors errors;
    private @Nullable CompletableFuture<Channel> current;
    private int failures;
    private long resting;
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

    /** The connection, if there is one now; otherwise one is begun to be made. */
    Optional<Channel> present() {
        CompletableFuture<Channel> made = connected();
        return isDone(made) ? Optional.of(made.join()) : Optional.empty();
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
                        rest();
                        Channel made = link.open(this);
                        succeeded();
                        wanted.complete(made);
                    } catch (InterruptedException | RuntimeException | Error e) {
                        failed();
                        wanted.completeExceptionally(e instanceof StoreException ? e : errors.of(e));
                    }
                },
                "millrace-redis-connect");
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits out the pause that an earlier failure asked for. Those who want the connection wait along. */
    private void rest() throws InterruptedException {
        long until;
        synchronized (this) {
            if (failures == 0) {
                return;
            }
            until = resting;
        }
        long nanos = until - System.nanoTime();
        if (nanos > 0) {
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    }

    private synchronized void succeeded() {
        failures = 0;
    }

    private synchronized void failed() {
        failures++;
        resting = System.nanoTime()
                + pause(failures, ThreadLocalRandom.current().nextDouble()).toNanos();
    }

    /**
     * How long to leave the server alone after so many failures in a row.
     *
     * @param random from 0 to 1, so that clients which lost it together do not all come back at the same moment
     */
    static Duration pause(int failures, double random) {
        long doubled = SHORTEST_PAUSE.toNanos() << Math.min(failures - 1, 10);
        long longest = Math.min(doubled, LONGEST_PAUSE.toNanos());
        return Duration.ofNanos((long) (longest * (0.5 + random / 2)));
    }

    private static boolean isDone(CompletableFuture<Channel> future) {
        return future.isDone() && !future.isCompletedExceptionally();
    }
}
