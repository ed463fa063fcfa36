package dev.millrace.redis;

import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** One connection: a socket to one server, or one to each node of a Cluster. */
final class Channel {
    private final StatefulConnection<byte[], byte[]> connection;
    private final Line line;
    private final Settings settings;
    private final Map<StatefulRedisConnection<byte[], byte[]>, Copies> copies = new ConcurrentHashMap<>();

    Channel(StatefulConnection<byte[], byte[]> connection, Line line, Settings settings) {
        this.connection = connection;
        this.line = line;
        this.settings = settings;
    }

    boolean open() {
        return connection.isOpen();
    }

    RedisClusterAsyncCommands<byte[], byte[]> commands() {
        return connection instanceof StatefulRedisClusterConnection<byte[], byte[]> ofCluster
                ? ofCluster.async()
                : ((StatefulRedisConnection<byte[], byte[]>) connection).async();
    }

    /** The connection to the one node that holds a key, for commands that are about it. May block on a Cluster. */
    StatefulRedisConnection<byte[], byte[]> node(int slot) {
        if (connection instanceof StatefulRedisClusterConnection<byte[], byte[]> ofCluster) {
            RedisURI master = ofCluster.getPartitions().getPartitionBySlot(slot).getUri();
            return ofCluster.getConnection(master.getHost(), master.getPort());
        }
        return (StatefulRedisConnection<byte[], byte[]>) connection;
    }

    /** What replicas have of the changes in a slot. May block on a Cluster. */
    Copies copies(int slot) {
        return copies.computeIfAbsent(
                node(slot),
                node -> new Copies(
                        node, settings.replicas(), settings.limits().replicas().toMillis()));
    }

    /** Makes a Cluster's connection to the master that holds a slot, if there is none yet. */
    CompletableFuture<?> connected(int slot) {
        if (connection instanceof StatefulRedisClusterConnection<byte[], byte[]> ofCluster) {
            RedisClusterNode master = ofCluster.getPartitions().getPartitionBySlot(slot);
            if (master != null) {
                RedisURI uri = master.getUri();
                return ofCluster.getConnectionAsync(uri.getHost(), uri.getPort());
            }
        }
        return CompletableFuture.failedFuture(new RedisConnectionException("There is no connection to its server now"));
    }

    /**
     * Watches over an answer: this connection is given up, unless that has been done already, when a command went unanswered,
     * so that a half-open one is not waited for again, or when it turns out to lead to a server that is no master any more.
     */
    <T> CompletableFuture<T> watched(CompletionStage<T> answer) {
        return answer.whenComplete((result, failure) -> {
                    if (failure != null && leadsNowhere(RedisErrors.root(failure))) {
                        line.giveUp(this);
                    }
                })
                .toCompletableFuture();
    }

    /** Closes it; commands under way fail. */
    CompletableFuture<Void> close() {
        return connection.closeAsync();
    }

    private static boolean leadsNowhere(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return failure instanceof RedisCommandTimeoutException
                || message.startsWith("READONLY")
                || message.startsWith("MASTERDOWN");
    }
}
