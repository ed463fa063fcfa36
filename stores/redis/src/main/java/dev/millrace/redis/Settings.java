package dev.millrace.redis;

import dev.millrace.spi.StoreAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a Redis store's address says.
 *
 * @param kind what the nodes are
 * @param nodes where they are
 * @param login who to be there
 * @param tls how the connection is secured
 * @param database the number of the database
 * @param master the name by which Sentinels know the server; empty without Sentinels
 * @param prefix what all keys begin with, inside the hash tag
 * @param partitions how many there are to be; 0 to leave it to the store, which defaults to 1, or 12 on a Cluster
 * @param limits how long things may take
 * @param replicas how many replicas must have a write before it counts; 0 for none
 * @param clientName how the connections are named on the server
 * @param shown the address, for people
 */
record Settings(
        Kind kind,
        List<Node> nodes,
        Login login,
        Tls tls,
        int database,
        String master,
        String prefix,
        int partitions,
        Limits limits,
        int replicas,
        String clientName,
        String shown) {

    static final Set<String> SCHEMES =
            Set.of("redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster");
    static final Set<String> PARAMETERS = Set.of(
            "prefix",
            "partitions",
            "master",
            "connect.timeout",
            "timeout",
            "client.name",
            "sentinel.password",
            "tls.verify",
            "tls.ca",
            "wait",
            "wait.timeout");

    /** The most partitions: each costs a claim over all queues something. */
    static final int MOST_PARTITIONS = 256;

    private static final Pattern LOCATION =
            Pattern.compile("//(?:(?<login>[^@/]*)@)?(?<nodes>[^/@]+)(?:/(?<database>[^/]*))?");
    private static final Pattern NODE = Pattern.compile("(?<host>\\[[^\\]]+\\]|[^:\\[\\]]+)(?::(?<port>\\d{1,5}))?");
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Pattern PREFIX = Pattern.compile("[^{}\\s]{1,64}");

    /** What the nodes are. */
    enum Kind {
        SERVER,
        SENTINEL,
        CLUSTER
    }

    /** One node. */
    record Node(String host, int port) {}

    /**
     * Who to be.
     *
     * @param user null for the default user
     * @param password null for none
     * @param sentinelPassword null for none
     */
    record Login(
            @Nullable String user,
            @Nullable String password,
            @Nullable String sentinelPassword) {
        @Override
        public String toString() {
            return user == null ? "default user" : user;
        }
    }

    /**
     * How the connection is secured.
     *
     * @param on whether it is
     * @param verify what of the server's certificate is checked
     * @param ca a PEM file of who may have signed it; null for those that Java trusts
     */
    record Tls(boolean on, Verify verify, @Nullable Path ca) {}

    /** What of a server's certificate is checked: all, all but the host's name, nothing. */
    enum Verify {
        FULL,
        CA,
        NONE
    }

    /** How long things may take. */
    record Limits(Duration connect, Duration command, Duration replicas) {}

    static Settings of(StoreAddress address) {
        String scheme = address.scheme();
        Kind kind =
                scheme.endsWith("+cluster") ? Kind.CLUSTER : scheme.endsWith("+sentinel") ? Kind.SENTINEL : Kind.SERVER;
        Matcher location = LOCATION.matcher(address.location());
        if (!location.matches()) {
            throw bad(address, "names no server: write " + scheme + "://" + example(kind));
        }
        String database = location.group("database");
        Settings settings = new Settings(
                kind,
                nodes(address, kind, location.group("nodes")),
                login(address, location.group("login")),
                tls(address, scheme.startsWith("rediss")),
                database == null || database.isEmpty() ? 0 : whole(address, "the database", database, 0, 1_000_000),
                address.parameter("master").orElse(""),
                prefix(address),
                (int) address.number("partitions", 0, 1, MOST_PARTITIONS),
                new Limits(
                        address.duration("connect.timeout", Duration.ofSeconds(5), SHORTEST),
                        address.duration("timeout", Duration.ofSeconds(10), SHORTEST),
                        address.duration("wait.timeout", Duration.ofSeconds(1), SHORTEST)),
                (int) address.number("wait", 0, 0, 100),
                address.parameter("client.name").orElse("millrace"),
                address.shown());
        settings.check(address);
        return settings;
    }

    private void check(StoreAddress address) {
        if (kind == Kind.SENTINEL && master.isEmpty()) {
            throw bad(address, "lacks master=: the name by which the Sentinels know the server, often \"mymaster\"");
        }
        if (kind != Kind.SENTINEL && !master.isEmpty()) {
            throw bad(address, "has master=" + master + ", which is for redis+sentinel:// only");
        }
        if (kind == Kind.CLUSTER && database != 0) {
            throw bad(address, "names database " + database + ": a Cluster has database 0 only");
        }
        if (limits.replicas().compareTo(limits.command()) >= 0) {
            throw bad(
                    address,
                    "has a wait.timeout of " + limits.replicas().toMillis() + " ms, which must be below the timeout of "
                            + limits.command().toMillis() + " ms");
        }
    }

    /** The nodes, for errors. */
    String where() {
        StringBuilder text = new StringBuilder();
        nodes.forEach(node -> text.append(text.length() == 0 ? "" : ",")
                .append(node.host())
                .append(':')
                .append(node.port()));
        return text + (master.isEmpty() ? "" : " (master " + master + ")");
    }

    private static String example(Kind kind) {
        return switch (kind) {
            case SERVER -> "host:6379/0";
            case SENTINEL -> "host1:26379,host2:26379?master=mymaster";
            case CLUSTER -> "node1:6379,node2:6379";
        };
    }

    private static List<Node> nodes(StoreAddress address, Kind kind, String text) {
        List<Node> nodes = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher node = NODE.matcher(part.trim());
            if (!node.matches()) {
                throw bad(address, "has a node \"" + part + "\" that is no host or host:port");
            }
            String host = node.group("host").replace("[", "").replace("]", "");
            String port = node.group("port");
            int otherwise = kind == Kind.SENTINEL ? 26_379 : 6_379;
            nodes.add(new Node(host, port == null ? otherwise : whole(address, "the port", port, 1, 65_535)));
        }
        if (kind == Kind.SERVER && nodes.size() > 1) {
            throw bad(
                    address,
                    "names " + nodes.size() + " servers: one is enough; for several use redis+sentinel:// or"
                            + " redis+cluster://");
        }
        return List.copyOf(nodes);
    }

    private static Login login(StoreAddress address, @Nullable String text) {
        String sentinel = address.parameter("sentinel.password").orElse(null);
        if (text == null || text.isEmpty()) {
            return new Login(null, null, sentinel);
        }
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw bad(address, "names a user without a password: write user:password@ or :password@");
        }
        String user = decode(text.substring(0, colon));
        return new Login(user.isEmpty() ? null : user, decode(text.substring(colon + 1)), sentinel);
    }

    private static Tls tls(StoreAddress address, boolean on) {
        String text = address.parameter("tls.verify").orElse("full");
        Path ca = address.parameter("tls.ca").map(Path::of).orElse(null);
        if (!on && (ca != null || address.parameter("tls.verify").isPresent())) {
            throw bad(address, "has tls settings, but its scheme does not use TLS: write rediss://");
        }
        return switch (text) {
            case "full" -> new Tls(on, Verify.FULL, ca);
            case "ca" -> new Tls(on, Verify.CA, ca);
            case "none" -> new Tls(on, Verify.NONE, ca);
            default -> throw bad(address, "has tls.verify=" + text + ": use full, ca or none");
        };
    }

    private static String prefix(StoreAddress address) {
        String prefix = address.parameter("prefix").orElse("millrace");
        if (!PREFIX.matcher(prefix).matches()) {
            throw bad(address, "has prefix=" + prefix + ": use 1 to 64 characters other than braces and white space");
        }
        return prefix;
    }

    private static int whole(StoreAddress address, String name, String text, int least, int most) {
        try {
            int value = Integer.parseInt(text.trim());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // falls through to the same answer as a number out of range
        }
        throw bad(address, "has " + name + "=" + text + ": it must be a whole number from " + least + " to " + most);
    }

    private static String decode(String text) {
        // A plus is a plus here: only parameters use it for a space.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static IllegalArgumentException bad(StoreAddress address, String what) {
        // What stands before an @ without a colon may be meant as a password.
        String shown = address.shown().replaceFirst("//[^:/@]+@", "//***@");
        return new IllegalArgumentException("the store's address \"" + shown + "\" " + what);
    }
}
