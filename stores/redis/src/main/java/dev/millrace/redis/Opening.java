package dev.millrace.redis;

import dev.millrace.spi.LayoutPlan;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the servers before the store is used: what would lose jobs is refused, what may is said. */
final class Opening {
    /**
     * What ties jobs to others, and limits where their queues are; keys as one text. Layouts before it are read, and brought to it when
     * the store is opened. Libraries that know none of that take one above theirs, 2, for theirs: this is 3 so that they refuse it.
     */
    static final int SCHEMA = 3;

    private static final Logger log = LoggerFactory.getLogger(Opening.class);
    private static final int CLUSTER_PARTITIONS = 12;
    private static final byte[] SCHEMA_FIELD = Pack.utf8("schema");
    /** The oldest layout that a library may have that works with the store; what is not there is the layout itself. */
    private static final byte[] USABLE_FIELD = Pack.utf8("usableFrom");

    private final Server server;
    private final Settings settings;
    private final RedisErrors errors;

    Opening(Server server, Settings settings, RedisErrors errors) {
        this.server = server;
        this.settings = settings;
        this.errors = errors;
    }

    /** What was found. */
    record Found(int partitions, String version, String durability) {}

    Found check() {
        Channel channel = server.link().channel();
        if (settings.kind() != Settings.Kind.CLUSTER) {
            check(info(node(channel, Partition.of(settings.prefix(), 0))));
        }
        int partitions = partitions();
        Set<StatefulRedisConnection<byte[], byte[]>> nodes = new LinkedHashSet<>();
        for (Partition partition : new Partitions(settings.prefix(), partitions).all()) {
            nodes.add(node(channel, partition));
        }
        String version = "";
        String durability = "";
        for (StatefulRedisConnection<byte[], byte[]> node : nodes) {
            Map<String, String> info = info(node);
            check(info);
            version = info.getOrDefault("redis_version", "");
            durability = durability(info);
        }
        return new Found(partitions, version, durability);
    }

    private static StatefulRedisConnection<byte[], byte[]> node(Channel channel, Partition partition) {
        return channel.node(SlotHash.getSlot(partition.keys()[0]));
    }

    private Map<String, String> info(StatefulRedisConnection<byte[], byte[]> node) {
        String text = server.await(node.async().info().toCompletableFuture());
        Map<String, String> info = new LinkedHashMap<>();
        text.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                info.put(line.substring(0, colon), line.substring(colon + 1).trim());
            }
        });
        return info;
    }

    private void check(Map<String, String> info) {
        String version = info.getOrDefault("redis_version", "0");
        if (older(version)) {
            throw errors.lasting("is version " + version + ", and the store needs 6.2 or newer. Nothing was changed;"
                    + " update the server");
        }
        String policy = info.getOrDefault("maxmemory_policy", "noeviction");
        if (!policy.equals("noeviction")) {
            throw errors.lasting(
                    "has maxmemory-policy " + policy + ", with which it deletes jobs on its own when memory"
                            + " gets scarce. Nothing was changed; set it to noeviction (CONFIG SET maxmemory-policy noeviction,"
                            + " and in redis.conf), or use a server for jobs alone");
        }
        if (settings.kind() != Settings.Kind.CLUSTER && "1".equals(info.get("cluster_enabled"))) {
            throw errors.lasting("is a node of a Cluster: write redis+cluster://" + settings.where()
                    + " as the address. Nothing was changed");
        }
    }

    private String durability(Map<String, String> info) {
        String failover = settings.replicas() > 0
                ? "; a failover keeps what " + settings.replicas() + " replicas have (wait=" + settings.replicas() + ")"
                : "; a failover may take back the last moments before it";
        if (!"1".equals(info.get("aof_enabled"))) {
            log.warn(
                    "Redis at {} keeps no append-only file: when it ends, all jobs since its last snapshot are lost. Set"
                            + " appendonly yes, unless that is meant",
                    settings.where());
            return "the end of this process; when Redis ends, what came since its last snapshot is lost (appendonly=no)"
                    + failover;
        }
        return "the end of this process and of Redis; a power loss takes back at most what appendfsync allows (about the"
                + " last second with everysec, nothing with always)"
                + failover;
    }

    /** What {@link #check} would write, as commands for redis-cli. */
    LayoutPlan layout() {
        if (settings.kind() != Settings.Kind.CLUSTER) {
            check(info(node(server.link().channel(), Partition.of(settings.prefix(), 0))));
        }
        byte[] meta = Partition.of(settings.prefix(), 0).key("meta");
        int present = present(meta);
        String key = Unpack.utf8(meta);
        String script = "";
        if (present == 0) {
            script = "HSETNX \"" + key + "\" schema " + SCHEMA + "\nHSETNX \"" + key + "\" partitions " + wanted()
                    + "\n";
        } else if (present < SCHEMA) {
            script = "HSET \"" + key + "\" schema " + SCHEMA + "\n";
        }
        return new LayoutPlan(present, SCHEMA, script);
    }

    private int wanted() {
        int otherwise = settings.kind() == Settings.Kind.CLUSTER ? CLUSTER_PARTITIONS : 1;
        return settings.partitions() == 0 ? otherwise : settings.partitions();
    }

    /** The layout that is there, unless it is one that this library cannot work with; 0 if there is none. */
    private int present(byte[] meta) {
        byte[] schema = server.await(server.send(commands -> commands.hget(meta, SCHEMA_FIELD)));
        if (schema == null) {
            return 0;
        }
        int layout = Integer.parseInt(Unpack.utf8(schema));
        byte[] usable = server.await(server.send(commands -> commands.hget(meta, USABLE_FIELD)));
        if (layout > SCHEMA && (usable == null || Integer.parseInt(Unpack.utf8(usable)) > SCHEMA)) {
            throw errors.lasting("holds a store of layout " + layout + ", and this library works with layouts up to "
                    + SCHEMA + ". Nothing was changed; use a newer millrace-redis");
        }
        return layout;
    }

    /** The number of partitions, which is fixed when the store is first opened. */
    private int partitions() {
        Partition home = Partition.of(settings.prefix(), 0);
        byte[] meta = home.key("meta");
        int wanted = wanted();
        byte[] field = Pack.utf8("partitions");
        byte[] kept = server.await(server.send(commands -> commands.hget(meta, field)));
        if (kept == null) {
            server.await(
                    server.send(commands -> commands.hsetnx(meta, SCHEMA_FIELD, Pack.utf8(Integer.toString(SCHEMA)))));
            server.await(server.send(commands -> commands.hsetnx(meta, field, Pack.utf8(Integer.toString(wanted)))));
            kept = server.await(server.send(commands -> commands.hget(meta, field)));
        }
        int layout = present(meta);
        if (layout > 0 && layout < SCHEMA) {
            server.await(
                    server.send(commands -> commands.hset(meta, SCHEMA_FIELD, Pack.utf8(Integer.toString(SCHEMA)))));
        }
        int present = kept == null ? wanted : Integer.parseInt(Unpack.utf8(kept));
        if (settings.partitions() != 0 && present != settings.partitions()) {
            throw errors.lasting("holds a store of " + present + " partitions under the prefix \"" + settings.prefix()
                    + "\", which the address wants to have partitions=" + settings.partitions()
                    + ". The number is fixed when a store is first opened, since it says where each queue lies. Nothing"
                    + " was changed; leave partitions= out, or move the jobs by export and import to another prefix");
        }
        return present;
    }

    private static boolean older(String version) {
        List<Integer> numbers = java.util.Arrays.stream(version.split("\\."))
                .map(part -> part.replaceAll("\\D.*", ""))
                .map(part -> part.isEmpty() ? 0 : Integer.parseInt(part))
                .toList();
        int major = numbers.get(0);
        int minor = numbers.size() > 1 ? numbers.get(1) : 0;
        return major < 6 || (major == 6 && minor < 2);
    }
}
