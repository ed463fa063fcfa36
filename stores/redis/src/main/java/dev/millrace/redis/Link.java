package dev.millrace.redis;

import dev.millrace.StoreException;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection that all calls share: commands are pipelined on it. One that left a command unanswered is given up and made
 * anew, so that a half-open one is not waited for again; nothing is ever sent twice by itself, since a claim that was made
 * twice would look as if it had been made once.
 */
final class Link implements AutoCloseable {
    private final Settings settings;
    private final RedisErrors errors;
    private final ClientResources resources;
    private final AbstractRedisClient client;
    private final Object lock = new Object();
    private volatile @Nullable StatefulConnection<byte[], byte[]> connection;
    private volatile boolean closed;

    Link(Settings settings, RedisErrors errors) {
        this.settings = settings;
        this.errors = errors;
        resources = DefaultClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .build();
        client = settings.kind() == Settings.Kind.CLUSTER ? cluster() : server();
    }

    /** Commands on the shared connection, which is made if need be. */
    RedisClusterAsyncCommands<byte[], byte[]> commands() {
        StatefulConnection<byte[], byte[]> present = present();
        return present instanceof StatefulRedisClusterConnection<byte[], byte[]> ofCluster
                ? ofCluster.async()
                : ((StatefulRedisConnection<byte[], byte[]>) present).async();
    }

    /** The commands of the one node that holds a key, for those that are about a connection. */
    RedisClusterAsyncCommands<byte[], byte[]> node(int slot) {
        StatefulConnection<byte[], byte[]> present = present();
        if (present instanceof StatefulRedisClusterConnection<byte[], byte[]> ofCluster) {
            RedisURI master = ofCluster.getPartitions().getPartitionBySlot(slot).getUri();
            return ofCluster.getConnection(master.getHost(), master.getPort()).async();
        }
        return commands();
    }

    /** A connection of its own for wake-ups, which subscribes again by itself after each loss. */
    StatefulRedisPubSubConnection<String, byte[]> subscriber() {
        io.lettuce.core.codec.RedisCodec<String, byte[]> codec =
                io.lettuce.core.codec.RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);
        try {
            return client instanceof RedisClusterClient ofCluster
                    ? ofCluster.connectPubSub(codec)
                    : ((RedisClient) client).connectPubSub(codec);
        } catch (RuntimeException e) {
            throw errors.of(e);
        }
    }

    /** Does something after a while, on one of the client's own threads. */
    void later(Runnable action, long millis) {
        try {
            var unused = resources.eventExecutorGroup().schedule(action, millis, TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.RejectedExecutionException e) {
            // The store is being closed, and nobody waits for it any more.
            return;
        }
    }

    /** Gives the connection up after a command went unanswered; the next command makes a new one. */
    void renew() {
        synchronized (lock) {
            StatefulConnection<byte[], byte[]> present = connection;
            connection = null;
            if (present != null) {
                var unused = present.closeAsync();
            }
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            connection = null;
        }
        // Ends its connections too.
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(2_500);
    }

    private StatefulConnection<byte[], byte[]> present() {
        StatefulConnection<byte[], byte[]> present = connection;
        return present == null ? connect() : present;
    }

    private StatefulConnection<byte[], byte[]> connect() {
        synchronized (lock) {
            if (closed) {
                throw new StoreException(
                        "the store on Redis at " + settings.where() + " is closed; its jobs are safe. Open it again");
            }
            StatefulConnection<byte[], byte[]> present = connection;
            if (present == null) {
                try {
                    present = client instanceof RedisClusterClient ofCluster
                            ? ofCluster.connect(ByteArrayCodec.INSTANCE)
                            : ((RedisClient) client).connect(ByteArrayCodec.INSTANCE);
                } catch (RuntimeException e) {
                    throw errors.of(e);
                }
                connection = present;
            }
            return present;
        }
    }

    private RedisClient server() {
        RedisURI uri = settings.kind() == Settings.Kind.SENTINEL
                ? sentinels()
                : uri(settings.nodes().get(0));
        RedisClient made = RedisClient.create(resources, uri);
        made.setOptions(common(ClientOptions.builder()).build());
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
        return uri.withTimeout(settings.limits().command()).withClientName(settings.clientName());
    }

    private <B extends ClientOptions.Builder> B common(B options) {
        options.autoReconnect(true)
                // A Cluster's connection to a node is made by the first command for it, which therefore has to wait.
                .disconnectedBehavior(
                        settings.kind() == Settings.Kind.CLUSTER
                                ? ClientOptions.DisconnectedBehavior.ACCEPT_COMMANDS
                                : ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true)
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
        java.nio.file.Path ca = settings.tls().ca();
        if (ca != null) {
            options.sslOptions(SslOptions.builder()
                    .jdkSslProvider()
                    .trustManager(ca.toFile())
                    .build());
        }
        return options;
    }
}
