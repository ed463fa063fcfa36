package dev.millrace.spi;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a store is: {@code scheme:location?parameter=value&…}.
 *
 * @param scheme "sqlite"
 * @param location what stands between the scheme's colon and the question mark, as written: a path, or
 *     "//user:password@host1,host2/database"
 * @param parameters decoded, in the order given
 */
public record StoreAddress(String scheme, String location, Map<String, String> parameters) {
    /** To the last @, since a password may hold whatever character its owner forgot to encode. */
    private static final Pattern PASSWORD = Pattern.compile("^//([^:@/]*):.*@");

    /** What stands before a NATS server's name, alone, is a token. */
    private static final Pattern TOKEN = Pattern.compile("^//[^:@/]+@");

    private static final Pattern SECRET = Pattern.compile("(?i).*(password|secret|token|credential).*");

    private static final Pattern SPAN = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");
    private static final Duration LONGEST = Duration.ofDays(1);

    public StoreAddress {
        parameters = Map.copyOf(parameters);
    }

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it has no scheme, or a parameter without a name or given twice
     */
    public static StoreAddress parse(String text) {
        int colon = text.indexOf(':');
        if (colon <= 0 || !text.substring(0, colon).matches("[a-z][a-z0-9+]*")) {
            throw new IllegalArgumentException("\"" + inError(text) + "\" is not a store's address: it must begin with"
                    + " a scheme, as in \"sqlite:jobs.db\", \"memory:\" or \"postgresql://host/database\"");
        }
        int question = text.indexOf('?', colon);
        String location = text.substring(colon + 1, question < 0 ? text.length() : question);
        Map<String, String> parameters = new LinkedHashMap<>();
        if (question >= 0 && question + 1 < text.length()) {
            for (String pair : text.substring(question + 1).split("&", -1)) {
                int equals = pair.indexOf('=');
                String name = decode(equals < 0 ? pair : pair.substring(0, equals));
                if (name.isEmpty()) {
                    throw new IllegalArgumentException("a parameter without a name in the store's address \""
                            + inError(text) + "\": write ?name=value&name=value");
                }
                if (parameters.put(name, equals < 0 ? "" : decode(pair.substring(equals + 1))) != null) {
                    throw new IllegalArgumentException(
                            "parameter \"" + name + "\" is given twice in the store's address");
                }
            }
        }
        return new StoreAddress(text.substring(0, colon), location, parameters);
    }

    /** A parameter's value. */
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    /**
     * A parameter that is a time: a whole number with its unit, {@code ms}, {@code s}, {@code m} or {@code h}.
     *
     * @param otherwise what is meant when it is not given
     * @throws IllegalArgumentException if it is no such time, or less than {@code least}, or more than a day
     */
    public Duration duration(String name, Duration otherwise, Duration least) {
        String text = parameters.get(name);
        if (text == null) {
            return otherwise;
        }
        Matcher parts = SPAN.matcher(text.trim());
        if (parts.matches()) {
            long amount = Long.parseLong(parts.group(1));
            Duration span = switch (parts.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
            };
            if (span.compareTo(least) >= 0 && span.compareTo(LONGEST) <= 0) {
                return span;
            }
        }
        throw wrong(name, text, "write 500ms, 30s, 5m or 1h, from " + least.toMillis() + "ms to 24h");
    }

    /**
     * A parameter that is a whole number.
     *
     * @param otherwise what is meant when it is not given
     * @throws IllegalArgumentException if it is none, or not from {@code least} to {@code most}
     */
    public long number(String name, long otherwise, long least, long most) {
        String text = parameters.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text.trim());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // falls through to the same answer as a number out of range
        }
        throw wrong(name, text, "write a whole number from " + least + " to " + most);
    }

    private IllegalArgumentException wrong(String name, String text, String right) {
        return new IllegalArgumentException(name + "=" + text + " in \"" + shown() + "\" cannot be: " + right);
    }

    /** The address as it may be shown: passwords and tokens are replaced by {@code ***}. */
    public String shown() {
        StringBuilder shown = new StringBuilder(scheme).append(':').append(withoutSecrets(scheme, location));
        char separator = '?';
        for (Map.Entry<String, String> entry : new TreeMap<>(parameters).entrySet()) {
            boolean secret = SECRET.matcher(entry.getKey()).matches();
            shown.append(separator).append(entry.getKey()).append('=').append(secret ? "***" : shown(entry.getValue()));
            separator = '&';
        }
        return shown.toString();
    }

    /** A value may be an address of its own, with secrets of its own. */
    private String shown(String value) {
        int question = value.indexOf('?');
        if (question < 0) {
            return withoutSecrets(scheme, value);
        }
        try {
            return parse(value).shown();
        } catch (IllegalArgumentException e) {
            return withoutSecrets(scheme, value.substring(0, question)) + "?***";
        }
    }

    @Override
    public String toString() {
        return shown();
    }

    /** An address that could not be read: its parameters may hold secrets, whatever they are called. */
    private static String inError(String text) {
        int question = text.indexOf('?');
        return question < 0 ? withoutSecrets(text, text) : withoutSecrets(text, text.substring(0, question)) + "?…";
    }

    private static String withoutSecrets(String scheme, String text) {
        int slashes = text.indexOf("//");
        if (slashes < 0) {
            return text;
        }
        String shown = PASSWORD.matcher(text.substring(slashes)).replaceFirst("//$1:***@");
        boolean nats = scheme.regionMatches(true, 0, "nats", 0, 4);
        return text.substring(0, slashes) + (nats ? TOKEN.matcher(shown).replaceFirst("//***@") : shown);
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // Without the text: it may be a secret.
            throw new IllegalArgumentException(
                    "a % in the parameters of the store's address is not followed by two digits of 0 to 9 and A to F: write"
                            + " %25 for a percent sign");
        }
    }
}
