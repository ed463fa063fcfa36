package dev.millrace.redis;

import dev.millrace.StoreException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/** Sends scripts and commands, and waits for what they answer. */
final class Server implements AutoCloseable {
    private static final long JITTER_MICROS = 250_000;

    private final Settings settings;
    private final RedisErrors errors;
    private final Clock clock;
    private final boolean real;
    private final Link link;
    private volatile long offset;

    Server(Settings settings, RedisErrors errors, Clock clock) {
        this.settings = settings;
        this.errors = errors;
        this.clock = clock;
        // Two readings of one clock may differ by as long as the machine slept between them.
        this.real = clock.equals(Clock.systemUTC());
        this.link = new Link(settings, errors);
    }

    Link link() {
        return link;
    }

    RedisErrors errors() {
        return errors;
    }

    /** Sends a script that only reads. */
    CompletableFuture<List<Object>> look(Script script, Partition partition, List<byte[]> args) {
        return evaluate(link.channel(), script, partition, args);
    }

    private CompletableFuture<List<Object>> evaluate(
            Channel channel, Script script, Partition partition, List<byte[]> args) {
        byte[][] all = new byte[args.size() + 2][];
        all[0] = Pack.utf8(Long.toString(offset()));
        all[1] = Pack.utf8(Integer.toString(partition.number()));
        for (int i = 0; i < args.size(); i++) {
            all[i + 2] = args.get(i);
        }
        RedisClusterAsyncCommands<byte[], byte[]> commands = channel.commands();
        CompletionStage<Object> answer = started(
                        () -> commands.evalsha(script.digest, ScriptOutputType.MULTI, partition.keys(), all))
                .exceptionallyCompose(failure -> {
                    if (RedisErrors.root(failure) instanceof RedisNoScriptException) {
                        return started(() -> commands.eval(script.text, ScriptOutputType.MULTI, partition.keys(), all));
                    }
                    if (RedisErrors.refused(failure)) {
                        return channel.connected(SlotHash.getSlot(partition.keys()[0]))
                                .thenCompose(any -> started(() ->
                                        commands.eval(script.text, ScriptOutputType.MULTI, partition.keys(), all)));
                    }
                    return CompletableFuture.failedFuture(failure);
                });
        return channel.watched(answer).thenApply(Server::asList);
    }

    /** A command that is refused on the spot fails like one that the server refuses, so that others go on. */
    static <T> CompletionStage<T> started(Supplier<? extends CompletionStage<T>> command) {
        try {
            return command.get();
        } catch (RedisException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Sends a script that changes something; where replicas are to be waited for, the answer comes after they have it. */
    CompletableFuture<List<Object>> change(Script script, Partition partition, List<byte[]> args) {
        if (settings.replicas() == 0) {
            return look(script, partition, args);
        }
        Channel channel = link.writing();
        // Taken before the answer comes: the thread that brings it must not wait for a connection.
        Copies copies = channel.copies(SlotHash.getSlot(partition.keys()[0]));
        int breaks = copies.breaks();
        return evaluate(channel, script, partition, args)
                .thenCompose(result -> channel.watched(copies.made()).thenApply(replicas -> {
                    checkCopied(replicas, copies.breaks() > breaks);
                    return result;
                }));
    }

    private void checkCopied(long replicas, boolean broken) {
        if (broken) {
            throw errors.passing(
                    "has made the change, but the connection broke before it was known whether replicas have"
                            + " it: a failover now could lose it. Repeating is safe");
        }
        if (replicas < settings.replicas()) {
            throw errors.passing("has made the change, but only " + replicas + " of " + settings.replicas()
                    + " replicas have it after " + settings.limits().replicas().toMillis()
                    + " ms: a failover now could lose it. Repeating is safe. Bring the replicas back, or lower wait= in the"
                    + " address");
        }
    }

    /** Sends a plain command. */
    <T> CompletableFuture<T> send(
            Function<RedisClusterAsyncCommands<byte[], byte[]>, ? extends CompletionStage<T>> command) {
        Channel channel = link.channel();
        return channel.watched(started(() -> command.apply(channel.commands())));
    }

    /** Sends a command that may get lost, if there is a connection now: whoever calls waits for nothing. */
    <T> void tell(Function<RedisClusterAsyncCommands<byte[], byte[]>, ? extends CompletionStage<T>> command) {
        link.present().ifPresent(channel -> {
            CompletableFuture<T> unused = channel.watched(started(() -> command.apply(channel.commands())));
        });
    }

    /** Waits for an answer. */
    <T> T await(CompletableFuture<T> answer) {
        try {
            // Lettuce's own timeout comes first, and says so; this one is for what it does not watch over.
            return answer.get(settings.limits().command().toMillis() * 2 + 1_000, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw errors.of(e);
        } catch (ExecutionException | TimeoutException e) {
            throw errors.of(e);
        }
    }

    /** Waits for all answers, and fails only when all have come. */
    <T> List<T> awaitAll(List<CompletableFuture<T>> answers) {
        List<T> results = new ArrayList<>(answers.size());
        StoreException failed = null;
        for (CompletableFuture<T> answer : answers) {
            try {
                results.add(await(answer));
            } catch (StoreException e) {
                failed = failed == null ? e : failed;
            }
        }
        if (failed != null) {
            throw failed;
        }
        return results;
    }

    List<Object> call(Script script, Partition partition, List<byte[]> args) {
        return await(change(script, partition, args));
    }

    /** What a script answers that only answers yes or no. */
    boolean yes(Script script, Partition partition, List<byte[]> args) {
        return number(call(script, partition, args).get(0)) == 1;
    }

    /**
     * How far the configured clock is from this machine's, in microseconds: zero in production. It is kept while it is nearly
     * right, so that the time to send a command does not put a later call before an earlier one.
     */
    long offset() {
        if (real) {
            return 0;
        }
        Duration distance = Duration.between(Instant.now(), clock.instant());
        long micros = distance.getSeconds() * 1_000_000L + distance.getNano() / 1_000;
        long kept = offset;
        if (Math.abs(micros - kept) > JITTER_MICROS) {
            offset = micros;
            return micros;
        }
        return kept;
    }

    static long number(Object reply) {
        return reply instanceof Long number ? number : Long.parseLong(text(reply));
    }

    static String text(Object reply) {
        return new String((byte[]) reply, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        link.close();
    }

    @SuppressWarnings("unchecked") // Lettuce gives a list, or the one value that a script returned
    private static List<Object> asList(Object answer) {
        return answer instanceof List<?> list ? (List<Object>) list : List.of(answer);
    }
}
