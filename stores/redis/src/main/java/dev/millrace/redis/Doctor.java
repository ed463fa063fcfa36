package dev.millrace.redis;

import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Examines each server that holds a part of the store. */
final class Doctor {
    private static final Duration MOST = Duration.ofSeconds(25);
    private static final double NEARLY_FULL = 0.8;
    private static final double ALMOST_FULL = 0.95;

    /** Versions before this get no more fixes. */
    private static final int[] KEPT_UP = {7, 2};

    private static final Pattern REPLICA = Pattern.compile(
            "ip=(?<ip>[^,]*),port=(?<port>\\d+),state=(?<state>\\w+),offset=(?<offset>\\d+),lag=(?<lag>\\d+).*");

    private final Server server;
    private final Partitions partitions;
    private final Settings settings;
    private final Patience patience;
    private final Findings findings = new Findings(MOST);

    private Doctor(Server server, Partitions partitions, Settings settings, Patience patience) {
        this.server = server;
        this.partitions = partitions;
        this.settings = settings;
        this.patience = patience;
    }

    static Examination examine(Server server, Partitions partitions, Settings settings, Patience patience) {
        Doctor doctor = new Doctor(server, partitions, settings, patience);
        doctor.look();
        return doctor.findings.examination();
    }

    private void look() {
        Map<StatefulRedisConnection<byte[], byte[]>, Partition> nodes = new LinkedHashMap<>();
        findings.look("the servers", () -> {
            Channel channel = server.link().channel();
            for (Partition each : partitions.all()) {
                nodes.putIfAbsent(channel.node(SlotHash.getSlot(each.keys()[0])), each);
            }
        });
        nodes.forEach((node, partition) -> {
            String name = nodes.size() == 1 ? "the server" : "the server of partition " + partition.number();
            Map<String, String> info = new LinkedHashMap<>();
            findings.look(name, () -> info.putAll(info(node)));
            if (!info.isEmpty()) {
                look(name, node, info);
            }
        });
    }

    private void look(String name, StatefulRedisConnection<byte[], byte[]> node, Map<String, String> info) {
        findings.look("its version", () -> lookAtVersion(name, info));
        findings.look("its memory", () -> lookAtMemory(name, info));
        findings.look("what it keeps on disk", () -> lookAtDisk(name, info));
        findings.look("appendfsync", () -> lookAtSyncs(name, node, info));
        findings.look("its replicas", () -> lookAtReplicas(name, info));
        Keys keys = new Keys(server, settings.prefix(), patience, findings);
        findings.look("large keys", () -> keys.lookForLarge(name, node));
        findings.look("slow scripts", () -> keys.lookForSlow(name, node));
    }

    private Map<String, String> info(StatefulRedisConnection<byte[], byte[]> node) {
        Map<String, String> info = new LinkedHashMap<>();
        server.await(node.async().info().toCompletableFuture()).lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                info.put(line.substring(0, colon), line.substring(colon + 1).trim());
            }
        });
        return info;
    }

    private void lookAtVersion(String name, Map<String, String> info) {
        String version = info.getOrDefault("redis_version", "0.0");
        String[] parts = version.split("\\.", -1);
        int major = Integer.parseInt(parts[0]);
        int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
        if (major < KEPT_UP[0] || (major == KEPT_UP[0] && minor < KEPT_UP[1])) {
            findings.note(
                    "redis-version",
                    name + " is Redis " + version,
                    "it works, and its makers mend only 7.2 and newer",
                    "update it when that suits");
        }
    }

    private void lookAtMemory(String name, Map<String, String> info) {
        String policy = info.getOrDefault("maxmemory_policy", "noeviction");
        if (!policy.equals("noeviction")) {
            findings.problem(
                    "redis-eviction",
                    name + " has maxmemory-policy " + policy,
                    "it deletes jobs on its own when memory gets scarce, and this store will not open on it again",
                    "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf");
        }
        long most = number(info, "maxmemory");
        long used = number(info, "used_memory");
        if (most == 0) {
            findings.note(
                    "redis-unbounded",
                    name + " has no maxmemory; it uses " + mebibytes(used),
                    "when its machine runs out of memory, the system may kill it, where it would else refuse new jobs",
                    "CONFIG SET maxmemory to what the machine can spare, with room for a fork's copy");
        } else if (used >= most * NEARLY_FULL) {
            findings.add(
                    "redis-memory",
                    used >= most * ALMOST_FULL ? Severity.PROBLEM : Severity.WARNING,
                    name + " uses " + mebibytes(used) + " of its maxmemory of " + mebibytes(most),
                    "at the limit no job is accepted, claimed or settled; what was accepted is safe",
                    "raise maxmemory, keep finished jobs for a shorter time (retention), or payloads elsewhere");
        }
    }

    private void lookAtDisk(String name, Map<String, String> info) {
        boolean appends = "1".equals(info.get("aof_enabled"));
        if (!appends) {
            findings.warning(
                    "redis-no-aof",
                    name + " keeps no append-only file (appendonly no); its last snapshot has "
                            + info.getOrDefault("rdb_changes_since_last_save", "?") + " changes less",
                    "when it ends, all jobs and outcomes since its last snapshot are lost",
                    "CONFIG SET appendonly yes, and the same in redis.conf");
        }
        List<String> failed = new ArrayList<>();
        for (String field : List.of("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status")) {
            if ("err".equals(info.get(field))) {
                failed.add(field + ":err");
            }
        }
        if (!failed.isEmpty()) {
            findings.problem(
                    "redis-disk",
                    name + " could not write to its disk (" + String.join(", ", failed) + ")",
                    "what is accepted now may not survive its end; it may refuse changes altogether (MISCONF)",
                    "see its log; make room on its disk, or give it memory for the fork (vm.overcommit_memory=1)");
        }
    }

    private void lookAtSyncs(String name, StatefulRedisConnection<byte[], byte[]> node, Map<String, String> info) {
        if (!"1".equals(info.get("aof_enabled"))) {
            return;
        }
        String syncs = server.await(node.async().configGet("appendfsync").toCompletableFuture())
                .getOrDefault("appendfsync", "unknown");
        if (syncs.equals("always")) {
            return;
        }
        findings.add(
                "redis-appendfsync",
                syncs.equals("everysec") ? Severity.NOTE : Severity.WARNING,
                name + " syncs its append-only file by appendfsync " + syncs,
                syncs.equals("everysec")
                        ? "a power loss takes back about the last second of what was accepted"
                        : "a power loss takes back what the system had not written by itself, often half a minute",
                "CONFIG SET appendfsync always (slower), or everysec; leave it if that may be lost");
    }

    private void lookAtReplicas(String name, Map<String, String> info) {
        long there = 0;
        long end = number(info, "master_repl_offset");
        for (Map.Entry<String, String> field : info.entrySet()) {
            Matcher replica = REPLICA.matcher(field.getValue());
            if (!field.getKey().matches("slave\\d+") || !replica.matches()) {
                continue;
            }
            there++;
            long lag = Long.parseLong(replica.group("lag"));
            long behind = Math.max(0, end - Long.parseLong(replica.group("offset")));
            boolean online = replica.group("state").equals("online");
            if (!online || lag > patience.lag().toSeconds() || behind > patience.behind()) {
                findings.warning(
                        "redis-replica",
                        "replica " + replica.group("ip") + ":" + replica.group("port") + " of " + name + " is "
                                + replica.group("state") + ", was heard of " + lag + " s ago and lacks "
                                + mebibytes(behind),
                        "a failover to it takes back what it lacks: jobs are lost, or run again",
                        "see its log and its network; a replica that cannot keep up wants a larger repl-backlog-size");
            }
        }
        if (there < settings.replicas()) {
            findings.problem(
                    "redis-replicas-few",
                    name + " has " + there + " replicas, and the address waits for " + settings.replicas() + " (wait=)",
                    "each change is made, and then refused as not copied",
                    "bring the replicas back, or lower wait= in the address");
        }
    }

    private static long number(Map<String, String> info, String field) {
        return Long.parseLong(info.getOrDefault(field, "0"));
    }

    static String mebibytes(long bytes) {
        return ((bytes + (1 << 19)) >> 20) + " MiB";
    }
}
