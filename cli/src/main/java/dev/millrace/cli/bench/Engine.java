package dev.millrace.cli.bench;

import dev.millrace.Millrace;
import dev.millrace.spi.StoreAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An engine to be measured. Each run gets a store of its own, so that no run pays for the leftovers of another.
 *
 * @param name of its rows
 * @param parameters of its addresses, with the question mark; may be empty
 * @param parent where the files go; null for the system's temporary folder
 */
record Engine(String name, String parameters, @Nullable Path parent) {
    static final Engine MEMORY = new Engine("memory", "", null);
    static final Engine SQLITE = new Engine("sqlite", "", null);

    /**
     * The engine of an address. Its file is not used: fresh ones beside it are.
     *
     * @throws IllegalArgumentException when the engine has no stores to throw away
     */
    static Engine of(String address) {
        StoreAddress parsed = StoreAddress.parse(address);
        int question = address.indexOf('?');
        String parameters = question < 0 ? "" : address.substring(question);
        return switch (parsed.scheme()) {
            case "memory" -> MEMORY;
            case "sqlite" -> {
                Path file = Path.of(parsed.location()).toAbsolutePath();
                yield new Engine("sqlite", parameters, file.getParent());
            }
            default ->
                throw new IllegalArgumentException("bench fills and empties its stores, which it does not do to "
                        + parsed.shown() + ": use memory: or sqlite:");
        };
    }

    boolean inMemory() {
        return name.equals("memory");
    }

    /** A new, empty store. */
    Site open() throws IOException {
        if (inMemory()) {
            return new Site(null, "memory:", Millrace.open("memory:"));
        }
        Path folder = folder();
        String address = name + ":" + folder.resolve("bench.db") + parameters;
        return new Site(folder, address, Millrace.open(address));
    }

    /** A new, empty folder where the engine's files would go. */
    Path folder() throws IOException {
        return parent == null
                ? Files.createTempDirectory("millrace-bench")
                : Files.createTempDirectory(parent, "millrace-bench");
    }

    /** Deletes a folder and what is in it. */
    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /**
     * A store for one run; closing it deletes it.
     *
     * @param folder its files; null if it has none
     * @param address its address, for other processes
     */
    record Site(@Nullable Path folder, String address, Millrace millrace) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            millrace.close();
            if (folder != null) {
                delete(folder);
            }
        }
    }
}
