package dev.millrace.benchmarks.postgres;

import java.nio.file.Path;
import java.util.List;

/** Another process of this Java, with this class path: the same for every queue written in Java. */
final class JavaCommand {
    private JavaCommand() {}

    static List<String> of(String main) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:+UseParallelGC",
                "-Xms512m",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                main);
    }
}
