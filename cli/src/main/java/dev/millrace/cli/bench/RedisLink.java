package dev.millrace.cli.bench;

import dev.millrace.spi.StoreAddress;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.StaticCredentialsProvider;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import java.util.ArrayList;
import java.util.List;

/**
 * A connection to the server, Sentinel group or Cluster of an address.
 *
 * @param client what made it, and ends with it
 * @param connection the connection
 * @param sync its commands, each awaited
 * @param async its commands, to be sent many at once
 */
record RedisLink(
        AbstractRedisClient client,
        StatefulConnection<String, String> connection,
        RedisClusterCommands<String, String> sync,
        RedisClusterAsyncCommands<String, String> async)
        implements AutoCloseable {
    private static final int SENTINEL_PORT = 26379;

    static RedisLink to(StoreAddress address) {
        if (address.scheme().endsWith("+cluster")) {
            RedisClusterClient client = RedisClusterClient.create(each(address, RedisURI.DEFAULT_REDIS_PORT));
            StatefulRedisClusterConnection<String, String> connection = client.connect();
            return new RedisLink(client, connection, connection.sync(), connection.async());
        }
        RedisClient client = RedisClient.create(uri(address));
        StatefulRedisConnection<String, String> connection = client.connect();
        return new RedisLink(client, connection, connection.sync(), connection.async());
    }

    private static RedisURI uri(StoreAddress address) {
        Aside aside = new Aside(address);
        List<RedisURI> nodes = each(address, RedisURI.DEFAULT_REDIS_PORT);
        RedisURI uri = nodes.get(0);
        if (address.scheme().endsWith("+sentinel")) {
            uri = new RedisURI();
            uri.setSentinelMasterId(address.parameter("master").orElse("mymaster"));
            uri.getSentinels().addAll(each(address, SENTINEL_PORT));
            uri.setSsl(address.scheme().startsWith("rediss"));
            login(uri, aside);
        }
        uri.setDatabase(aside.path().isEmpty() ? 0 : Integer.parseInt(aside.path()));

        return uri;
    }

    private static List<RedisURI> each(StoreAddress address, int defaultPort) {
        Aside aside = new Aside(address);
        List<RedisURI> nodes = new ArrayList<>();
        for (String host : aside.hosts().split(",", -1)) {
            int colon = host.lastIndexOf(':');
            RedisURI uri = new RedisURI();
            uri.setHost(colon < 0 ? host : host.substring(0, colon));
            uri.setPort(colon < 0 ? defaultPort : Integer.parseInt(host.substring(colon + 1)));
            uri.setSsl(address.scheme().startsWith("rediss"));
            if (defaultPort != SENTINEL_PORT) {
                login(uri, aside);
            }
            nodes.add(uri);
        }
        return nodes;
    }

    private static void login(RedisURI uri, Aside aside) {
        String password = aside.password();
        if (password != null) {
            uri.setCredentialsProvider(new StaticCredentialsProvider(aside.user(), password.toCharArray()));
        }
    }

    @Override
    public void close() {
        connection.close();
        client.shutdown();
    }
}
