package dev.millrace.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** What a run prints, also kept in {@code benchmarks/results/}. */
public final class ResultFile implements AutoCloseable {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    private final Path path;
    private final PrintWriter file;

    private ResultFile(Path path) throws IOException {
        this.path = path;
        this.file = new PrintWriter(Files.newBufferedWriter(path, StandardCharsets.UTF_8));
    }

    /**
     * A new file.
     *
     * @param name what its name begins with
     * @param ending what it ends with, as in {@code .md}
     */
    public static ResultFile create(String name, String ending) throws IOException {
        Path folder =
                Path.of(System.getProperty("benchmarks.home", "benchmarks")).resolve("results");
        Files.createDirectories(folder);
        return new ResultFile(
                folder.resolve(name + "-" + STAMP.format(LocalDateTime.now(ZoneId.systemDefault())) + ending));
    }

    /** Prints a line on standard output and into the file, at once. */
    public void print(String line) {
        System.out.println(line);
        System.out.flush();
        file.println(line);
        file.flush();
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        file.close();
    }
}
