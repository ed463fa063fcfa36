package dev.millrace.cli.bench;

import dev.millrace.Millrace;
import dev.millrace.spi.StoreAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The SQLite store, on new files.
 *
 * @param parameters of its addresses, with the question mark; may be empty
 * @param parent where the files go; null for the system's temporary folder
 */
record SqliteEngine(String parameters, @Nullable Path parent) implements Engine {

    /** With the address's parameters, in new files beside its own. */
    static SqliteEngine beside(String address) {
        int question = address.indexOf('?');
        Path file = Path.of(StoreAddress.parse(address).location()).toAbsolutePath();
        return new SqliteEngine(question < 0 ? "" : address.substring(question), file.getParent());
    }

    @Override
    public String name() {
        return "sqlite";
    }

    @Override
    public Site open() throws IOException {
        Path folder = folder();
        String address = "sqlite:" + folder.resolve("bench.db") + parameters;
        return new Site(address, Millrace.open(address), () -> delete(folder));
    }

    @Override
    public RawQueue raw() throws IOException, SQLException {
        return new RawSqlite(folder(), parameters);
    }

    private Path folder() throws IOException {
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
}
