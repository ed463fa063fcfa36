package dev.millrace.internal;

import dev.millrace.MillraceException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A file of settings: properties, or YAML whose nested names are joined by dots. */
public final class SettingsFile {
    private static final List<String> USUAL = List.of("millrace.properties", "millrace.yaml", "millrace.yml");

    private SettingsFile() {}

    /**
     * The file that is meant: the one named, else the one that {@code MILLRACE_CONFIG} names, else the usual one in the working
     * directory.
     *
     * @throws IllegalArgumentException when there are two usual ones
     */
    public static Optional<Path> find(@Nullable Path named, Map<String, String> environment) {
        if (named != null) {
            return Optional.of(named);
        }
        String variable = environment.getOrDefault("MILLRACE_CONFIG", "");
        if (!variable.isBlank()) {
            return Optional.of(Path.of(variable.strip()));
        }
        List<Path> there = USUAL.stream().map(Path::of).filter(Files::exists).toList();
        if (there.size() > 1) {
            throw new IllegalArgumentException("there are two files of settings, " + there.get(0) + " and "
                    + there.get(1) + ": keep one, or name one with MILLRACE_CONFIG");
        }
        return there.stream().findFirst();
    }

    /**
     * Reads it.
     *
     * @throws MillraceException when it cannot be read
     */
    public static Map<String, String> read(Path file) {
        String name = file.toString();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            return name.endsWith(".yaml") || name.endsWith(".yml") ? yaml(file, reader) : properties(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new MillraceException("the settings in " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Map<String, String> properties(Reader reader) throws IOException {
        Properties properties = new Properties();
        properties.load(reader);
        Map<String, String> values = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        return values;
    }

    private static Map<String, String> yaml(Path file, Reader reader) {
        try {
            Map<String, String> values = new LinkedHashMap<>();
            YamlSettings.read(reader, values);
            return values;
        } catch (NoClassDefFoundError e) {
            throw new MillraceException(
                    "to read " + file
                            + ", add the dependency tools.jackson.dataformat:jackson-dataformat-yaml, or write the"
                            + " settings as properties",
                    e);
        }
    }
}
