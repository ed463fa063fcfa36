package dev.millrace.testkit.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A Redis Cluster on the loopback: three masters, nodes 0 to 2, and mostly a replica of each, nodes 3 to 5. */
public final class RedisCluster implements AutoCloseable {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Redis's own default: a node that a loaded machine holds up for some seconds is not taken for dead. */
    private static final Duration NODE_TIMEOUT = Duration.ofSeconds(15);

    private final List<RedisServer> nodes;

    private RedisCluster(List<RedisServer> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    /**
     * Starts one with the redis-server on the PATH, and waits until it serves all slots. A node that is silent for 15 s is taken
     * for dead.
     *
     * @param folder an existing folder for the nodes' files
     */
    public static RedisCluster start(Path folder) {
        return start(folder, NODE_TIMEOUT);
    }

    /**
     * Starts one of masters alone, for tests in which no node dies: replicas would do all writes once more.
     *
     * @param folder an existing folder for the nodes' files
     */
    public static RedisCluster withoutReplicas(Path folder) {
        return start(folder, NODE_TIMEOUT, MASTERS);
    }

    /**
     * Starts one, as {@link #start(Path)} does.
     *
     * @param nodeTimeout after how long a silent node is taken for dead, and its replica takes over
     */
    public static RedisCluster start(Path folder, Duration nodeTimeout) {
        return start(folder, nodeTimeout, MASTERS * 2);
    }

    private static RedisCluster start(Path folder, Duration nodeTimeout, int count) {
        List<RedisServer> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                Path own = Files.createDirectories(folder.resolve("node" + i));
                nodes.add(RedisServer.start(
                        "redis-server",
                        own,
                        FreePorts.withBus(),
                        "--cluster-enabled",
                        "yes",
                        "--cluster-node-timeout",
                        Long.toString(nodeTimeout.toMillis()),
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
        for (int i = MASTERS; i < nodes.size(); i++) {
            String master = nodes.get(i - MASTERS).ask("CLUSTER MYID");
            RedisServer replica = nodes.get(i);
            require("replicas to join", () -> replica.says("CLUSTER REPLICATE " + master, "+OK"));
        }
        require(
                "all slots to be served",
                () -> nodes.stream()
                        .allMatch(node -> node.says("CLUSTER INFO", "cluster_state:ok")
                                && node.says("CLUSTER INFO", "cluster_known_nodes:" + nodes.size())));
        require(
                "replicas to follow",
                () -> nodes.subList(MASTERS, nodes.size()).stream()
                        .allMatch(node -> node.says("INFO replication", "master_link_status:up")));
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
