package dev.millrace.redis;

import dev.millrace.StoreException;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections that all calls share: commands are pipelined on them. Nothing is ever sent twice by itself, since a claim
 * that was made twice would look as if it had been made once: a lost connection fails what was under way on it.
 *
 * <p>On one server a connection lives as long as its socket, and the next command makes a new one. On a Cluster Lettuce keeps
 * one to each node and makes them anew by itself; while one is down, its commands are refused at once.
 */
final class Link implements AutoCloseable {
    /** How the driver says that a server closed a connection before it was used. */
    private static final String CLOSED_EARLY = "Connection closed prematurely";

    private final Settings settings;
    private final RedisErrors errors;
    private final ClientResources resources;
    private final AbstractRedisClient client;
    private final Line shared;
    private final Line writing;
    private @Nullable RedisClient ears;
    private volatile boolean closed;

    Link(Settings settings, RedisErrors errors) {
        this.settings = settings;
        this.errors = errors;
        resources = DefaultClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .reconnectDelay(Delay.fullJitter(Line.SHORTEST_PAUSE, Line.LONGEST_PAUSE, 10, TimeUnit.MILLISECONDS))
                .build();
        client = settings.kind() == Settings.Kind.CLUSTER ? cluster() : server(false);
        shared = new Line(this, errors);
        // WAIT holds up whatever comes behind it on its connection.
        writing = settings.replicas() > 0 ? new Line(this, errors) : shared;
    }

    /** The connection of all commands but those that wait for replicas; made if need be. */
    Channel channel() {
        return shared.channel();
    }

    /** The connection of all commands, if there is one now. */
    Optional<Channel> present() {
        return shared.present();
    }

    /** The connection of changes, which may have to wait for replicas. */
    Channel writing() {
        return writing.channel();
    }

    /** Makes a connection, which blocks. */
    Channel open(Line line) {
        if (closed) {
            throw new StoreException(
                    "the store on Redis at " + settings.where() + " is closed; its jobs are safe. Open it again");
        }
        if (client instanceof RedisClusterClient ofCluster) {
            StatefulRedisClusterConnection<byte[], byte[]> made = ofCluster.connect(ByteArrayCodec.INSTANCE);
            connectMasters(made);
            return new Channel(made, line, settings);
        }
        return new Channel(connectOne((RedisClient) client), line, settings);
    }

    /**
     * Once more when the server closed the connection before it was used: one that refuses a password may be seen to close before
     * its answer is, which says why.
     */
    private static StatefulRedisConnection<byte[], byte[]> connectOne(RedisClient client) {
        try {
            return client.connect(ByteArrayCodec.INSTANCE);
        } catch (RedisConnectionException e) {
            Throwable cause = e.getCause();
            if (cause == null || !CLOSED_EARLY.equals(cause.getMessage())) {
                throw e;
            }
            return client.connect(ByteArrayCodec.INSTANCE);
        }
    }

    /** Otherwise the first command for each node would be refused. One that is down does not keep the others waiting. */
    private void connectMasters(StatefulRedisClusterConnection<byte[], byte[]> made) {
        List<CompletableFuture<?>> nodes = new ArrayList<>();
        for (RedisClusterNode node : made.getPartitions()) {
            if (node.is(RedisClusterNode.NodeFlag.UPSTREAM)) {
                RedisURI uri = node.getUri();
                nodes.add(made.getConnectionAsync(uri.getHost(), uri.getPort()).exceptionally(failure -> null));
            }
        }
        CompletableFuture.allOf(nodes.toArray(new CompletableFuture<?>[0])).join();
    }

    /** Ends a connection that was given up; on a Cluster when calls to its sound nodes have had time to end. */
    void end(Channel channel) {
        if (settings.kind() == Settings.Kind.CLUSTER) {
            later(() -> unused(channel.close()), settings.limits().command().toMillis());
        } else {
            unused(channel.close());
        }
    }

    private static void unused(CompletableFuture<Void> closing) {
        // nobody waits for the end of a connection that was given up
        Objects.requireNonNull(closing);
    }

    /** How long to wait for a connection, and for the pause before it is tried. */
    Duration patience() {
        return settings.limits().connect().plus(settings.limits().command()).plus(Line.LONGEST_PAUSE);
    }

    /** A connection of its own for wake-ups, which subscribes again by itself after each loss. */
    StatefulRedisPubSubConnection<String, byte[]> subscriber() {
        RedisCodec<String, byte[]> codec = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);
        try {
            return client instanceof RedisClusterClient ofCluster
                    ? ofCluster.connectPubSub(codec)
                    : ears().connectPubSub(codec);
        } catch (RuntimeException e) {
            throw errors.of(e);
        }
    }

    /** A client of its own, since only what listens is to be connected again by itself. */
    private synchronized RedisClient ears() {
        RedisClient present = ears;
        if (present == null) {
            present = server(true);
            ears = present;
        }
        return present;
    }

    /** Does something after a while, on one of the client's own threads. */
    void later(Runnable action, long millis) {
        try {
            var unused = resources.eventExecutorGroup().schedule(action, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The store is being closed, and nobody waits for it any more.
            return;
        }
    }

    @Override
    public void close() {
        closed = true;
        shared.close();
        writing.close();
        end(client);
        synchronized (this) {
            end(ears);
        }
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(2_500);
    }

    private static void end(@Nullable AbstractRedisClient client) {
        if (client != null) {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }

    private RedisClient server(boolean reconnects) {
        RedisURI uri = settings.kind() == Settings.Kind.SENTINEL
                ? sentinels()
                : uri(settings.nodes().get(0));
        RedisClient made = RedisClient.create(resources, uri);
        made.setOptions(
                common(ClientOptions.builder()).autoReconnect(reconnects).build());
        return made;
    }

    private RedisClusterClient cluster() {
        List<RedisURI> uris = settings.nodes().stream().map(this::uri).toList();
        RedisClusterClient made = RedisClusterClient.create(resources, uris);
        ClusterClientOptions.Builder options = ClusterClientOptions.builder();
        common(options);
        made.setOptions(options.validateClusterNodeMembership(false)
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
                        .enablePeriodicRefresh(Duration.ofSeconds(30))
                        .build())
                .build());
        return made;
    }

    private RedisURI uri(Settings.Node node) {
        return common(RedisURI.builder().withHost(node.host()).withPort(node.port()))
                .withDatabase(settings.database())
                .build();
    }

    private RedisURI sentinels() {
        RedisURI.Builder uri = RedisURI.builder().withSentinelMasterId(settings.master());
        String password = settings.login().sentinelPassword();
        for (Settings.Node node : settings.nodes()) {
            RedisURI.Builder sentinel = RedisURI.builder()
                    .withHost(node.host())
                    .withPort(node.port())
                    .withTimeout(settings.limits().connect());
            encrypt(sentinel);
            if (password != null) {
                sentinel.withPassword(password.toCharArray());
            }
            uri.withSentinel(sentinel.build());
        }
        return common(uri).withDatabase(settings.database()).build();
    }

    private RedisURI.Builder common(RedisURI.Builder uri) {
        Settings.Login login = settings.login();
        String password = login.password();
        String user = login.user();
        if (password != null && user != null) {
            uri.withAuthentication(user, password.toCharArray());
        } else if (password != null) {
            uri.withPassword(password.toCharArray());
        }
        encrypt(uri);
        return uri.withTimeout(settings.limits().command()).withClientName(settings.clientName());
    }

    private void encrypt(RedisURI.Builder uri) {
        Settings.Tls tls = settings.tls();
        if (tls.on()) {
            uri.withSsl(true)
                    .withVerifyPeer(
                            switch (tls.verify()) {
                                case FULL -> SslVerifyMode.FULL;
                                case CA -> SslVerifyMode.CA;
                                case NONE -> SslVerifyMode.NONE;
                            });
        }
    }

    private <B extends ClientOptions.Builder> B common(B options) {
        options.autoReconnect(true)
                // Only so are commands under way failed, not sent again, when their connection is lost.
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .timeoutOptions(TimeoutOptions.builder()
                        .fixedTimeout(settings.limits().command())
                        .build())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(settings.limits().connect())
                        .tcpNoDelay(true)
                        .keepAlive(SocketOptions.KeepAliveOptions.builder()
                                .enable(true)
                                .idle(Duration.ofSeconds(10))
                                .interval(Duration.ofSeconds(3))
                                .count(3)
                                .build())
                        .build());
        Path ca = settings.tls().ca();
        if (ca != null) {
            options.sslOptions(SslOptions.builder()
                    .jdkSslProvider()
                    .trustManager(ca.toFile())
                    .build());
        }
        return options;
    }
}
