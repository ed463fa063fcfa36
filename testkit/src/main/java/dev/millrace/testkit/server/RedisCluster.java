package dev.millrace.testkit.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A Redis Cluster on the loopback: three masters, nodes 0 to 2, and a replica of each, nodes 3 to 5. */
public final class RedisCluster implements AutoCloseable {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<RedisServer> nodes;

    private RedisCluster(List<RedisServer> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    /**
     * Starts one with the redis-server on the PATH, and waits until it serves all slots.
     *
     * @param folder an existing folder for the nodes' files
     */
    public static RedisCluster start(Path folder) {
        List<RedisServer> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < MASTERS * 2; i++) {
                Path own = Files.createDirectories(folder.resolve("node" + i));
                nodes.add(RedisServer.start(
                        "redis-server",
                        own,
                        FreePorts.withBus(),
                        "--cluster-enabled",
                        "yes",
                        "--cluster-node-timeout",
                        "2000",
                        "--cluster-replica-validity-factor",
                        "0"));
            }
            join(nodes);
            return new RedisCluster(nodes);
        } catch (IOException e) {
            nodes.forEach(RedisServer::close);
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            nodes.forEach(RedisServer::close);
            throw e;
        }
    }

    private static void join(List<RedisServer> nodes) {
        for (int i = 0; i < MASTERS; i++) {
            StringBuilder slots = new StringBuilder("CLUSTER ADDSLOTS");
            for (int slot = i * SLOTS / MASTERS; slot < (i + 1) * SLOTS / MASTERS; slot++) {
                slots.append(' ').append(slot);
            }
            nodes.get(i).ask(slots.toString());
        }
        for (RedisServer node : nodes) {
            node.ask("CLUSTER MEET 127.0.0.1 " + nodes.get(0).port());
        }
        for (int i = 0; i < MASTERS; i++) {
            String master = nodes.get(i).ask("CLUSTER MYID");
            RedisServer replica = nodes.get(MASTERS + i);
            require(
                    "replicas to join",
                    () -> replica.ask("CLUSTER REPLICATE " + master).startsWith("+OK"));
        }
        require(
                "all slots to be served",
                () -> nodes.stream()
                        .allMatch(node -> node.ask("CLUSTER INFO").contains("cluster_state:ok")
                                && node.ask("CLUSTER INFO").contains("cluster_known_nodes:" + MASTERS * 2)));
        require(
                "replicas to follow",
                () -> nodes.subList(MASTERS, nodes.size()).stream()
                        .allMatch(node -> node.ask("INFO replication").contains("master_link_status:up")));
    }

    private static void require(String what, java.util.function.BooleanSupplier condition) {
        if (!ServerProcess.await(PATIENCE, condition)) {
            throw new IllegalStateException(
                    "the Redis Cluster was not ready: waited " + PATIENCE.toSeconds() + " s for " + what);
        }
    }

    /** A node: masters first, then the replica of each. */
    public RedisServer node(int number) {
        return nodes.get(number);
    }

    /** All nodes. */
    public List<RedisServer> nodes() {
        return nodes;
    }

    /** Its address as a store's. */
    public String address() {
        return "redis+cluster://"
                + nodes.stream()
                        .limit(MASTERS)
                        .map(node -> "127.0.0.1:" + node.port())
                        .collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        nodes.forEach(RedisServer::close);
    }
}
