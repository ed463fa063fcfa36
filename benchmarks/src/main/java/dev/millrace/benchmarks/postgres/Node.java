package dev.millrace.benchmarks.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The queues for Node, installed by npm into the user's cache ({@code $XDG_CACHE_HOME/millrace-benchmarks} or {@code
 * ~/.cache/millrace-benchmarks}), outside the project. The versions are those of {@code benchmarks/node/package.json}.
 *
 * @param folder where scripts and packages are
 * @param program the Node that runs them
 * @param about versions, for the head of the result
 */
record Node(Path folder, String program, String about) {
    /** What the current graphile-worker and pg-boss ask for. */
    private static final int MAJOR = 22;
    /** Brought from npm where the Node present is older. */
    private static final String NEWER = "node@22.23.3";

    /** Installs what is missing; null, with the reason told, where there is no Node or npm fails. */
    static @Nullable Node installed(Path scripts, Consumer<String> says) throws IOException, InterruptedException {
        Output version = run(null, "node", "--version");
        if (version.code() != 0) {
            says.accept("no node on the PATH: graphile-worker and pg-boss are left out");
            return null;
        }
        Path folder = cache();
        copy(scripts, folder);
        boolean old = Integer.parseInt(version.text().replaceFirst("^v(\\d+).*", "$1")) < MAJOR;
        List<String> command =
                new ArrayList<>(List.of("npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefer-offline"));
        if (old) {
            command.add(NEWER);
        }
        Output installed = run(folder, command.toArray(String[]::new));
        if (installed.code() != 0) {
            says.accept("npm could not install them, so graphile-worker and pg-boss are left out: " + installed.text());
            return null;
        }
        Path newer = folder.resolve("node_modules/.bin/node");
        String program = old && Files.isExecutable(newer) ? newer.toString() : "node";
        String versions =
                run(folder, "npm", "ls", "--depth=0", "--parseable=false").text();
        String node = run(folder, program, "--version").text();
        return new Node(
                folder,
                program,
                "Node " + node
                        + (program.equals("node") || !old
                                ? ""
                                : " (from npm; the one present is " + version.text() + ")")
                        + ", "
                        + String.join(
                                ", ",
                                versions.lines()
                                        .filter(line -> line.matches(".*(graphile-worker|pg-boss|pg)@.*"))
                                        .map(line -> line.replaceFirst("^[^a-z]*", "")
                                                .replace('@', ' '))
                                        .toList()));
    }

    private static Path cache() throws IOException {
        String given = System.getenv("XDG_CACHE_HOME");
        Path caches =
                given == null || given.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(given);
        return Files.createDirectories(caches.resolve("millrace-benchmarks"));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** What a program printed, and how it ended; 127 where it cannot be started. */
    private record Output(int code, String text) {}

    private static Output run(@Nullable Path folder, String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder == null ? null : folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return new Output(process.waitFor(), text);
        } catch (IOException e) {
            return new Output(127, String.valueOf(e.getMessage()));
        }
    }
}
