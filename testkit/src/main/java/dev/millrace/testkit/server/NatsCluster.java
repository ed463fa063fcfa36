package dev.millrace.testkit.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Three nats-servers on the loopback that keep JetStream's streams together. Safe for use from any thread, one call at a time.
 */
public final class NatsCluster implements AutoCloseable {
    private static final int SIZE = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern LEADER = Pattern.compile("\"leader\":\\s*\"n(\\d)\"");

    private final List<NatsServer> nodes;
    private final List<Integer> monitors;

    private NatsCluster(List<NatsServer> nodes, List<Integer> monitors) {
        this.nodes = List.copyOf(nodes);
        this.monitors = List.copyOf(monitors);
    }

    /**
     * Starts three servers, and waits until they have found each other.
     *
     * @param folder for their configuration, data and logs
     * @throws IllegalStateException when one does not start: with the end of its log
     */
    public static NatsCluster start(Path folder) {
        List<Integer> routes = new ArrayList<>();
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < SIZE; i++) {
            int port = FreePorts.next();
            routes.add(port);
            addresses.add("\"nats://127.0.0.1:" + port + "\"");
        }
        List<NatsServer> nodes = new ArrayList<>();
        List<Integer> monitors = new ArrayList<>();
        for (int i = 0; i < SIZE; i++) {
            int monitor = FreePorts.next();
            Path own = folder.resolve("n" + i);
            String configuration = "server_name: n" + i + "\nhttp: \"127.0.0.1:" + monitor + "\"\n"
                    + NatsServer.jetStream(own) + "\ncluster { name: millrace, listen: \"127.0.0.1:" + routes.get(i)
                    + "\", routes: [" + String.join(", ", addresses) + "] }";
            nodes.add(NatsServer.make("n" + i, own, FreePorts.next(), configuration, "Server is ready"));
            monitors.add(monitor);
        }
        nodes.forEach(node -> node.process().start());
        NatsCluster cluster = new NatsCluster(nodes, monitors);
        cluster.awaitHealth();
        return cluster;
    }

    /**
     * Waits until all servers that run keep streams again.
     *
     * @throws IllegalStateException when they do not within half a minute: with the end of a log
     */
    public void awaitHealth() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (int i = 0; i < SIZE; i++) {
            NatsServer node = nodes.get(i);
            while (node.process().alive() && !healthy(i)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("the NATS cluster does not come together; end of a log: "
                            + node.process().tail());
                }
                LockSupport.parkNanos(10_000_000);
            }
        }
    }

    private boolean healthy(int index) {
        return look(index, "healthz").map(text -> text.contains("\"ok\"")).orElse(false)
                && look(index, "jsz").map(text -> text.contains("\"leader\"")).orElse(false);
    }

    /** One of the servers, from 0 to 2. */
    public NatsServer node(int index) {
        return nodes.get(index);
    }

    /** The address of all: "nats://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3". */
    public String url() {
        List<String> hosts = new ArrayList<>();
        nodes.forEach(node -> hosts.add("127.0.0.1:" + node.port()));
        return "nats://" + String.join(",", hosts);
    }

    /** Which node leads a stream; empty while none does. */
    public Optional<NatsServer> leaderOf(String stream) {
        for (int i = 0; i < SIZE; i++) {
            Optional<String> told = look(i, "jsz?streams=true");
            int at = told.map(text -> text.indexOf("\"name\": \"" + stream + "\""))
                    .orElse(-1);
            if (at >= 0) {
                Matcher leader = LEADER.matcher(told.orElse(""));
                if (leader.find(at)) {
                    return Optional.of(nodes.get(Integer.parseInt(leader.group(1))));
                }
            }
        }
        return Optional.empty();
    }

    private Optional<String> look(int index, String what) {
        String url = "http://127.0.0.1:" + monitors.get(index) + "/" + what;
        try (InputStream in = URI.create(url).toURL().openStream()) {
            return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Stops all servers. */
    @Override
    public void close() {
        nodes.forEach(NatsServer::close);
    }
}
