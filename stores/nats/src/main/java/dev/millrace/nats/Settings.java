package dev.millrace.nats;

import dev.millrace.spi.StoreAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a NATS store's address says: {@code nats://user:password@n1:4222,n2:4222?stream=millrace&replicas=3}.
 *
 * @param servers where to connect, each as host:port
 * @param shown the address, for people
 * @param login who asks
 * @param tls how to encrypt; null for not at all
 * @param stream the name of the stream, and the first word of its subjects
 * @param replicas how many servers keep the stream
 * @param reconnect how to come back after a connection was lost
 * @param timeout how long a call may take before it is given up as unavailable
 * @param lead whether this instance may lead
 */
record Settings(
        List<String> servers,
        String shown,
        Login login,
        @Nullable Tls tls,
        String stream,
        int replicas,
        Reconnect reconnect,
        Duration timeout,
        boolean lead) {
    static final Set<String> PARAMETERS = Set.of(
            "stream",
            "replicas",
            "token",
            "creds",
            "tls",
            "tls.ca",
            "tls.cert",
            "tls.key",
            "reconnect.attempts",
            "reconnect.wait",
            "ping.interval",
            "timeout",
            "lead");

    private static final int PORT = 4222;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    /** Without a colon there is no user: what stands before the last @ is a token. */
    private static final Pattern LONE_TOKEN = Pattern.compile("//([^:/]*)@([^@]*)");

    /** What stands before the last @ of "a:b@host1,a:b@host2". */
    private static final Pattern SEVERAL_LOGINS = Pattern.compile(".*@[^@,]+,[^@,:]+:.*");

    private static final Pattern SERVER = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]/?#]+)(?::(\\d{1,5}))?");

    /**
     * Who asks; at most one of the ways.
     *
     * @param user a user's name; null for none
     * @param password and password; null for none
     * @param token a token; null for none
     * @param credentials a file of credentials; null for none
     */
    record Login(
            @Nullable String user,
            @Nullable String password,
            @Nullable String token,
            @Nullable Path credentials) {
        /** Says which way, and no secret. */
        @Override
        public String toString() {
            if (user != null) {
                return "user " + user + ", password ***";
            }
            return token != null ? "token ***" : "credentials " + credentials;
        }
    }

    /**
     * How to encrypt.
     *
     * @param authority a file with the certificates to trust (PEM); null for those of Java
     * @param certificate a file with this client's certificate (PEM); null for none
     * @param key a file with its key (PEM, PKCS #8); null for none
     */
    record Tls(
            @Nullable Path authority,
            @Nullable Path certificate,
            @Nullable Path key) {}

    /**
     * How to come back.
     *
     * @param attempts how often to try each server; -1 for without end
     * @param pause how long between two tries of one server
     * @param ping how often to ask whether the server is still there; two without an answer end the connection
     */
    record Reconnect(int attempts, Duration pause, Duration ping) {}

    /** How long what sends so many bytes may take: by a slow line, a second more for each MiB. */
    Duration timeoutFor(long bytes) {
        return timeout.plusMillis((bytes * 1_000) >> 20);
    }

    static Settings of(StoreAddress given) {
        StoreAddress address = withTokenApart(given);
        String location = address.location();
        if (!location.startsWith("//") || location.length() == 2) {
            throw new IllegalArgumentException("\"" + address.shown()
                    + "\" names no server: write nats://host:4222 or nats://host1:4222,host2:4222");
        }
        String rest = location.substring(2);
        int at = rest.lastIndexOf('@');
        String stream = address.parameter("stream").orElse("millrace");
        if (!NAME.matcher(stream).matches()) {
            throw wrong(address, "stream", stream, "must be 1 to 64 letters, digits, - or _");
        }
        return new Settings(
                servers(address, rest.substring(at + 1)),
                address.shown(),
                login(address, at < 0 ? null : rest.substring(0, at)),
                tls(address),
                stream,
                (int) address.number("replicas", 1, 1, 5),
                new Reconnect(
                        (int) address.number("reconnect.attempts", -1, -1, Integer.MAX_VALUE),
                        address.duration("reconnect.wait", Duration.ofSeconds(1), Duration.ofMillis(10)),
                        address.duration("ping.interval", Duration.ofSeconds(3), Duration.ofMillis(100))),
                address.duration("timeout", Duration.ofSeconds(10), Duration.ofMillis(100)),
                flag(address, "lead", true));
    }

    /** {@code nats://token@host}, as NATS writes it, is {@code nats://host?token=token}, which is not shown. */
    private static StoreAddress withTokenApart(StoreAddress address) {
        Matcher lone = LONE_TOKEN.matcher(address.location());
        if (!lone.matches()) {
            return address;
        }
        if (lone.group(1).contains("@")) {
            throw new IllegalArgumentException(
                    "the address of the NATS store says before each server who asks: say it once,"
                            + " nats://user:password@host1,host2 or ?token=, and write an @ in a token as %40");
        }
        Map<String, String> parameters = new LinkedHashMap<>(address.parameters());
        String before = parameters.put("token", decode(lone.group(1)));
        StoreAddress apart = new StoreAddress(address.scheme(), "//" + lone.group(2), parameters);
        if (before != null) {
            throw twice(apart);
        }
        return apart;
    }

    private static IllegalArgumentException twice(StoreAddress address) {
        return new IllegalArgumentException(
                "\"" + address.shown() + "\" says twice who asks: give a user and password, or token=, or creds=");
    }

    private static List<String> servers(StoreAddress address, String text) {
        String list = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        List<String> servers = new ArrayList<>();
        for (String server : list.split(",", -1)) {
            Matcher matcher = SERVER.matcher(server);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("\"" + server + "\" in \"" + address.shown()
                        + "\" is not a server: write host or host:port, several with commas between");
            }
            int port = matcher.group(2) == null ? PORT : Integer.parseInt(matcher.group(2));
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException(
                        "port " + port + " in \"" + address.shown() + "\" is not from 1 to 65535");
            }
            servers.add(matcher.group(1) + ":" + port);
        }
        return List.copyOf(servers);
    }

    private static Login login(StoreAddress address, @Nullable String text) {
        String token = address.parameter("token").orElse(null);
        Path credentials = address.parameter("creds").map(Path::of).orElse(null);
        if ((text == null ? 0 : 1) + (token == null ? 0 : 1) + (credentials == null ? 0 : 1) > 1) {
            throw twice(address);
        }
        if (text == null) {
            return new Login(null, null, token, credentials);
        }
        if (SEVERAL_LOGINS.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "\"" + address.shown() + "\" seems to say who asks before each server: say it"
                            + " once, nats://user:password@host1:4222,host2:4222, and write an @ in a password as %40");
        }
        int colon = text.indexOf(':');
        return new Login(decode(text.substring(0, colon)), decode(text.substring(colon + 1)), null, null);
    }

    private static @Nullable Tls tls(StoreAddress address) {
        Path authority = address.parameter("tls.ca").map(Path::of).orElse(null);
        Path certificate = address.parameter("tls.cert").map(Path::of).orElse(null);
        Path key = address.parameter("tls.key").map(Path::of).orElse(null);
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException(
                    "\"" + address.shown() + "\" has only one of tls.cert and tls.key: give both, or none");
        }
        boolean files = authority != null || certificate != null;
        boolean wanted = flag(address, "tls", files);
        if (!wanted && files) {
            throw wrong(address, "tls", "false", "contradicts tls.ca, tls.cert and tls.key: leave it out");
        }
        return wanted ? new Tls(authority, certificate, key) : null;
    }

    private static boolean flag(StoreAddress address, String name, boolean otherwise) {
        String text = address.parameter(name).orElse(Boolean.toString(otherwise));
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(address, name, text, "must be true or false");
        };
    }

    private static IllegalArgumentException wrong(StoreAddress address, String name, String value, String right) {
        String shown = name.equals("token") ? "***" : value;
        return new IllegalArgumentException(name + "=" + shown + " in \"" + address.shown() + "\" " + right);
    }

    private static String decode(String text) {
        // A plus sign in a password means itself: only %XX is an escape here.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
