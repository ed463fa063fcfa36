package dev.millrace.postgres;

import dev.millrace.spi.StoreAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a PostgreSQL store's address says.
 *
 * @param shown the address without its password, for people
 * @param url the driver's URL: hosts and database
 * @param driver what the driver is told beside it: user, password, encryption, timeouts
 * @param schema where the tables are
 * @param pool how many connections to use at most, for how long to wait for one and to use one
 * @param socketTimeout how long the server may be silent within a statement before its connection is given up
 * @param durability the server's setting synchronous_commit for this store's transactions; null for the server's own
 * @param wakeups the address to listen and announce at; null for the same. It goes past a pooler that hands a connection to
 *     another after each transaction, which then hears nothing
 * @param notifying how others hear of jobs that were enqueued within a transaction of the application
 */
record Settings(
        String shown,
        String url,
        Map<String, String> driver,
        String schema,
        Pool pool,
        Duration socketTimeout,
        @Nullable String durability,
        @Nullable Settings wakeups,
        Notify notifying) {

    /** Parameters handed to the driver under the same name. */
    private static final Set<String> DRIVER = Set.of(
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "sslpassword",
            "targetServerType",
            "hostRecheckSeconds",
            "gssEncMode");

    static final Set<String> PARAMETERS = Set.of(
            "schema",
            "pool.size",
            "pool.timeout",
            "pool.maxLifetime",
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "sslpassword",
            "targetServerType",
            "hostRecheckSeconds",
            "gssEncMode",
            "application_name",
            "connect_timeout",
            "socket_timeout",
            "synchronous_commit",
            "prepared",
            "listen.url",
            "notify");

    /** How others hear of jobs that were enqueued within a transaction of the application. */
    enum Notify {
        /** By NOTIFY within it, which the server sends with the commit. Such commits wait for one another. */
        TRANSACTION,
        /** Not at all: workers find them by heartbeat. */
        OFF
    }

    private static final Set<String> COMMITS = Set.of("on", "off", "local", "remote_write", "remote_apply");
    private static final int PORT = 5432;
    /** A statement gets a name when it is used this often: the driver's default. */
    private static final String NAMED = "5";

    /**
     * The pool of connections.
     *
     * @param size the most connections; few, since a worker needs one or two, and each costs the server a process
     * @param timeout how long a call waits for one
     * @param maxLifetime after which one is replaced
     */
    record Pool(int size, Duration timeout, Duration maxLifetime) {}

    static Settings of(StoreAddress address) {
        String location = address.location();
        if (!location.startsWith("//")) {
            throw wrong(address, "has no host: write postgresql://user:password@host:5432/database");
        }
        String rest = location.substring(2);
        int slash = rest.lastIndexOf('/');
        String authority = slash < 0 ? rest : rest.substring(0, slash);
        String database = slash < 0 ? "" : decoded(rest.substring(slash + 1));
        Map<String, String> driver = new TreeMap<>();
        int at = authority.lastIndexOf('@');
        if (at >= 0) {
            credentials(authority.substring(0, at), driver);
        }
        if (database.isEmpty()) {
            throw wrong(address, "names no database: write postgresql://user:password@host:5432/database");
        }
        String hosts = hosts(address, authority.substring(at + 1));
        Duration socket = address.duration("socket_timeout", Duration.ofSeconds(15), Duration.ofSeconds(1));
        Duration connect = address.duration("connect_timeout", Duration.ofSeconds(5), Duration.ofSeconds(1));
        if (hosts.indexOf(',') >= 0) {
            driver.put("targetServerType", "primary");
        }
        DRIVER.forEach(name -> address.parameter(name).ifPresent(value -> driver.put(name, value)));
        driver.put("ApplicationName", address.parameter("application_name").orElse("millrace"));
        driver.put("connectTimeout", seconds(connect));
        driver.put("loginTimeout", seconds(connect.plus(socket)));
        driver.put("socketTimeout", seconds(socket));
        driver.put("tcpKeepAlive", "true");
        if (address.parameter("prepared").isPresent()) {
            boolean named =
                    choice(address, "prepared", "on", Set.of("on", "off")).equals("on");
            driver.put("prepareThreshold", named ? NAMED : "0");
        }
        String commits = address.parameter("synchronous_commit").orElse(null);
        if (commits != null) {
            commits = choice(address, "synchronous_commit", "on", COMMITS);
        }
        return new Settings(
                address.shown(),
                "jdbc:postgresql://" + hosts + "/" + URLEncoder.encode(database, StandardCharsets.UTF_8),
                Map.copyOf(driver),
                schema(address),
                new Pool(
                        (int) address.number("pool.size", 10, 2, 9_999),
                        address.duration("pool.timeout", Duration.ofSeconds(10), Duration.ofMillis(250)),
                        address.duration("pool.maxLifetime", Duration.ofMinutes(30), Duration.ofSeconds(30))),
                socket,
                commits,
                address.parameter("listen.url")
                        .map(text -> wakeups(address, text))
                        .orElse(null),
                Notify.valueOf(choice(address, "notify", "transaction", Set.of("transaction", "off"))
                        .toUpperCase(Locale.ROOT)));
    }

    private static Settings wakeups(StoreAddress address, String text) {
        StoreAddress direct = StoreAddress.parse(text);
        boolean known = Set.of("postgresql", "postgres").contains(direct.scheme())
                && PARAMETERS.containsAll(direct.parameters().keySet())
                && direct.parameter("listen.url").isEmpty();
        if (!known) {
            throw wrong(
                    address,
                    "has a listen.url that is no address of a PostgreSQL server: write the address that goes there directly,"
                            + " percent-encoded, as in listen.url=postgresql%3A%2F%2Fuser%3Apassword%40host%2Fdatabase");
        }
        return of(direct);
    }

    /** Whether the address asks for a standby, which takes no changes. */
    boolean standby() {
        String target = driver.getOrDefault("targetServerType", "").toLowerCase(Locale.ROOT);
        return Set.of("secondary", "prefersecondary", "slave", "preferslave").contains(target);
    }

    /**
     * What the driver is told.
     *
     * @param silence how long the server may say nothing
     * @param options what the server is told at connecting, as on its command line; may be empty
     */
    Properties properties(Duration silence, String options) {
        Properties properties = new Properties();
        properties.putAll(driver);
        properties.setProperty("socketTimeout", seconds(silence));
        if (!options.isEmpty()) {
            properties.setProperty("options", options);
        }
        properties.setProperty("binaryTransferEnable", Integer.toString(UuidArray.OID));
        return properties;
    }

    private static void credentials(String text, Map<String, String> driver) {
        int colon = text.indexOf(':');
        driver.put("user", decoded(colon < 0 ? text : text.substring(0, colon)));
        if (colon >= 0) {
            driver.put("password", decoded(text.substring(colon + 1)));
        }
    }

    private static String hosts(StoreAddress address, String text) {
        List<String> hosts = new ArrayList<>();
        for (String host : text.split(",", -1)) {
            if (host.isBlank()) {
                throw wrong(address, "has an empty host: write host:port, several with commas between them");
            }
            int colon = host.indexOf(']') < 0 ? host.indexOf(':') : host.indexOf(':', host.indexOf(']'));
            String port = colon < 0 ? Integer.toString(PORT) : host.substring(colon + 1);
            if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535) {
                throw wrong(address, "has the port \"" + port + "\": use a number from 1 to 65535");
            }
            hosts.add((colon < 0 ? host : host.substring(0, colon)) + ":" + port);
        }
        return String.join(",", hosts);
    }

    private static String schema(StoreAddress address) {
        String schema = address.parameter("schema").orElse("millrace");
        boolean odd = schema.chars().anyMatch(c -> c < ' ' || c == '"' || c == '\'' || c == '\\');
        if (schema.isBlank()
                || schema.getBytes(StandardCharsets.UTF_8).length > 63
                || odd
                || schema.startsWith("pg_")) {
            throw wrong(
                    address,
                    "has schema=" + schema + ": use a name of 1 to 63 bytes without quotes or backslashes that does not"
                            + " begin with pg_");
        }
        return schema;
    }

    private static String choice(StoreAddress address, String name, String otherwise, Set<String> known) {
        String text = address.parameter(name).orElse(otherwise);
        if (!known.contains(text)) {
            throw wrong(
                    address,
                    "has " + name + "=" + text + ": use one of "
                            + String.join(", ", known.stream().sorted().toList()));
        }
        return text;
    }

    /** As the driver takes it: whole seconds, rounded up. */
    private static String seconds(Duration span) {
        return Long.toString(span.plusMillis(999).toSeconds());
    }

    /** Percent-encoding only: a plus sign is a plus sign. */
    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static IllegalArgumentException wrong(StoreAddress address, String what) {
        return new IllegalArgumentException("\"" + address.shown() + "\" " + what);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return shown;
    }
}
