package dev.millrace.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Runs of {@code each} on one store. */
abstract class EachScene {
    @TempDir
    Path folder;

    /** The store's address. */
    String store;

    /** A file for commands to leave traces in. */
    Path effects;

    @BeforeEach
    void name() {
        store = "sqlite:" + folder.resolve("jobs.db");
        effects = folder.resolve("effects");
    }

    /** Runs it with these options and command on these lines. */
    final CommandRun each(String lines, String... arguments) {
        List<String> all = new ArrayList<>(List.of("each", "--store", store));
        all.addAll(List.of(arguments));
        return CommandRun.withInput(lines, all.toArray(String[]::new));
    }

    /** Lines with the numbers from 1. */
    static String numbers(int most) {
        return IntStream.rangeClosed(1, most).mapToObj(n -> n + "\n").collect(Collectors.joining());
    }

    /** The traces so far. */
    final List<String> effects() throws IOException {
        return Files.exists(effects) ? Files.readAllLines(effects) : List.of();
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
