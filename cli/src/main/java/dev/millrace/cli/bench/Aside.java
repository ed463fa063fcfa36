package dev.millrace.cli.bench;

import dev.millrace.spi.StoreAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A server's address, and how to point it at a place of the bench's own. */
record Aside(StoreAddress address) {

    /** The name of a new place: of letters, digits and underscores. */
    static String newName() {
        return "millrace_bench_" + UUID.randomUUID().toString().substring(0, 8);
    }

    /**
     * The address, if it has none of those parameters: the bench makes connections of its own, for the bare engine and to
     * remove its places, and these do not go by them.
     *
     * @throws IllegalArgumentException when it has one
     */
    static StoreAddress without(StoreAddress address, String... parameters) {
        for (String parameter : parameters) {
            if (address.parameter(parameter).isPresent()) {
                throw new IllegalArgumentException(
                        "bench cannot connect with " + parameter + "= in \"" + address.shown()
                                + "\": measure a server that lets it in without, by a user and password at most");
            }
        }
        return address;
    }

    /** The address with this parameter in place of its own. */
    String with(String parameter, String value) {
        Map<String, String> all = new TreeMap<>(address.parameters());
        all.put(parameter, value);
        return address.scheme() + ":" + address.location() + "?"
                + all.entrySet().stream()
                        .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                        .collect(Collectors.joining("&"));
    }

    /** Hosts with their ports, separated by commas. */
    String hosts() {
        String rest = authority();
        return rest.substring(rest.lastIndexOf('@') + 1);
    }

    /** What follows the hosts' slash: a database; empty when there is none. */
    String path() {
        String rest = address.location().substring(2);
        int slash = rest.indexOf('/', rest.lastIndexOf('@') + 1);
        return slash < 0 ? "" : rest.substring(slash + 1);
    }

    @Nullable
    String user() {
        String[] login = login();
        return login.length == 0 || login[0].isEmpty() ? null : decode(login[0]);
    }

    @Nullable
    String password() {
        String[] login = login();
        return login.length < 2 ? null : decode(login[1]);
    }

    private String[] login() {
        String rest = authority();
        int at = rest.lastIndexOf('@');
        return at < 0 ? new String[0] : rest.substring(0, at).split(":", 2);
    }

    private String authority() {
        String rest = address.location().substring(2);
        int slash = rest.indexOf('/', rest.lastIndexOf('@') + 1);
        return slash < 0 ? rest : rest.substring(0, slash);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
