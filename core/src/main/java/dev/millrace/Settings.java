package dev.millrace;

import dev.millrace.internal.Nearest;
import dev.millrace.internal.SettingsFile;
import dev.millrace.spi.Retention;
import dev.millrace.spi.StoreAddress;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link Millrace} and of its workers, by name: from a file, from the environment, or from a map of your own.
 *
 * <pre>{@code
 * Settings settings = Settings.load();
 * try (Millrace millrace = settings.open();
 *         Worker worker = settings.worker(millrace).handle(GREET, greeter).start()) {
 *     worker.awaitStop();
 * }
 * }</pre>
 *
 * <p>What the program says to a builder afterwards wins. All names are in docs/settings.md. Immutable.
 */
public final class Settings {
    private static final Pattern PART = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
    private static final Map<String, Duration> UNITS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));

    /**
     * A value, and where it is from.
     *
     * @param text as it was written
     * @param source a file, an environment variable, or what the program called its map
     */
    public record Value(String text, String source) {}

    private final Map<String, Value> values;

    private Settings(Map<String, Value> values) {
        this.values = values;
    }

    /**
     * The settings of the file that {@code MILLRACE_CONFIG} names, or else of {@code millrace.properties}, {@code
     * millrace.yaml} or {@code millrace.yml} in the working directory, if there is one; the environment wins over it.
     *
     * @throws IllegalArgumentException when the file has a name or value that cannot be, or there are two
     * @throws MillraceException when the file cannot be read
     */
    public static Settings load() {
        return load(null, System.getenv());
    }

    /**
     * The settings of a file, and of an environment, which wins over it.
     *
     * @param file properties, or YAML if it ends in {@code .yaml} or {@code .yml}; null to look for it as {@link #load()} does
     * @param environment variables, of which those named after a setting are read
     * @throws IllegalArgumentException when the file has a name or value that cannot be
     * @throws MillraceException when the file cannot be read
     */
    public static Settings load(@Nullable Path file, Map<String, String> environment) {
        Map<String, Value> values = new LinkedHashMap<>();
        SettingsFile.find(file, environment).ifPresent(found -> {
            Map<String, String> read = SettingsFile.read(found);
            read.forEach((name, text) -> put(values, name, text, found.toString()));
        });
        for (Setting setting : known()) {
            String text = environment.getOrDefault(setting.environmentName(), "");
            if (!text.isBlank()) {
                values.put(setting.name(), new Value(text.strip(), setting.environmentName()));
            }
        }
        return checked(values);
    }

    /**
     * The settings of a map, as another configuration system gives them.
     *
     * @throws IllegalArgumentException when a name or value cannot be
     */
    public static Settings of(Map<String, String> map) {
        Map<String, Value> values = new LinkedHashMap<>();
        map.forEach((name, text) -> put(values, name, text, "the program's settings"));
        return checked(values);
    }

    private static void put(Map<String, Value> values, String name, String text, String source) {
        if (known().stream().noneMatch(setting -> setting.name().equals(name))) {
            List<String> names = known().stream().map(Setting::name).toList();
            throw new IllegalArgumentException(
                    "\"" + name + "\" in " + source + " is no setting" + Nearest.to(name, new TreeSet<>(names)));
        }
        values.put(name, new Value(text.strip(), source));
    }

    /** Whoever starts a program hears of a wrong value then, and not when it is first used. */
    private static Settings checked(Map<String, Value> values) {
        Settings settings = new Settings(values);
        known().forEach(setting -> KnownSettings.check(settings, setting));
        return settings;
    }

    /** All settings there are, in the order in which people look for them. */
    public static List<Setting> known() {
        return KnownSettings.LIST_OF_ALL;
    }

    /** A setting's value, if it is given. */
    public Optional<Value> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /**
     * Opens the store that {@code store} names, with these settings.
     *
     * @throws IllegalArgumentException when no store is named
     * @throws StoreException when it cannot be opened: says why, and what to do
     */
    public Millrace open() {
        Value store = values.get("store");
        if (store == null) {
            throw new IllegalArgumentException(
                    "no store is named: write store=sqlite:jobs.db into millrace.properties, or set MILLRACE_STORE");
        }
        return builder(store.text()).open();
    }

    /** A builder with these settings, over a store of your choice. */
    public MillraceBuilder builder(String address) {
        MillraceBuilder builder = Millrace.builder(address).retention(retention());
        number("payload.max-bytes").ifPresent(most -> builder.maxPayloadBytes(KnownSettings.clamped(most)));
        number("result.max-bytes").ifPresent(most -> builder.maxResultBytes(KnownSettings.clamped(most)));
        return builder;
    }

    /** How long finished jobs are kept: what is not set is as {@link Retention#DEFAULT} has it. */
    public Retention retention() {
        Retention usual = Retention.DEFAULT;
        return new Retention(
                time("retention.succeeded").orElse(usual.succeeded()),
                time("retention.cancelled").orElse(usual.cancelled()),
                time("retention.failed").orElse(usual.failed()),
                number("retention.most").orElse(usual.most()));
    }

    /** A worker with these settings, to be given its handlers. */
    public WorkerBuilder worker(Millrace millrace) {
        WorkerBuilder worker = millrace.worker();
        KnownSettings.apply(this, worker);
        return worker;
    }

    /** A value that is a length of time. */
    Optional<Duration> time(String name) {
        return read(name, Settings::duration);
    }

    /** A value that is a whole number. */
    Optional<Long> number(String name) {
        return read(name, text -> {
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("write a whole number", e);
            }
        });
    }

    /** A value that is yes or no. */
    boolean flag(String name) {
        return read(name, text -> switch (text.toLowerCase(Locale.ROOT)) {
                    case "true", "yes", "on" -> true;
                    case "false", "no", "off" -> false;
                    default -> throw new IllegalArgumentException("write true or false");
                })
                .orElse(false);
    }

    /** A value that is a list, with commas between. */
    List<String> list(String name) {
        return read(name, text -> {
                    List<String> words = new ArrayList<>();
                    for (String word : text.split(",", -1)) {
                        words.add(word.strip());
                    }
                    return words;
                })
                .orElse(List.of());
    }

    /** A value that is names with whole numbers, with commas between. */
    Map<String, Long> counts(String name) {
        return read(name, text -> {
                    Map<String, Long> counts = new LinkedHashMap<>();
                    for (String word : text.split(",", -1)) {
                        int equals = word.lastIndexOf('=');
                        try {
                            counts.put(
                                    word.substring(0, equals).strip(),
                                    Long.parseLong(word.substring(equals + 1).strip()));
                        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
                            throw new IllegalArgumentException("write names with whole numbers: mail=4,thumb=2", e);
                        }
                    }
                    return counts;
                })
                .orElse(Map.of());
    }

    <T> Optional<T> read(String name, Function<String, T> reading) {
        Value value = values.get(name);
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(reading.apply(value.text()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    name + " is \"" + value.text() + "\" in " + value.source() + ": " + e.getMessage(), e);
        }
    }

    /** Refuses a store's address that is none, without showing it: it may hold a password. */
    void checkAddress(String name) {
        Value value = values.get(name);
        if (value != null) {
            try {
                StoreAddress.parse(value.text());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + " in " + value.source() + ": " + e.getMessage(), e);
            }
        }
    }

    /**
     * Reads a length of time as people write it: "30s", "1h30m", "250ms", "2d", or the ISO form "PT5M".
     *
     * @throws IllegalArgumentException when it is none of these
     */
    public static Duration duration(String text) {
        try {
            if (text.regionMatches(true, 0, "P", 0, 1)) {
                return Duration.parse(text);
            }
            Duration sum = Duration.ZERO;
            Matcher part = PART.matcher(text.toLowerCase(Locale.ROOT));
            int end = 0;
            while (part.lookingAt()) {
                Duration unit = UNITS.getOrDefault(part.group(2), Duration.ZERO);
                sum = sum.plus(unit.multipliedBy(Long.parseLong(part.group(1))));
                end = part.end();
                part.region(end, text.length());
            }
            if (end > 0 && end == text.length()) {
                return sum;
            }
        } catch (DateTimeException | ArithmeticException e) {
            // falls through to the same answer as other text that is no duration
        }
        throw new IllegalArgumentException(
                "\"" + text + "\" is no length of time: write 250ms, 30s, 5m, 2h, 1d or PT5M");
    }

    /** Names and sources, without values: an address may hold a password. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Settings(");
        values.forEach((name, value) -> text.append(text.length() > 9 ? ", " : "")
                .append(name)
                .append(" from ")
                .append(value.source()));
        return text.append(')').toString();
    }
}
